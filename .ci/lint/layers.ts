/**
 * The import table of `docs/architecture.md` as a lint rule: a folder of `lib/` imports from the folders that its line
 * names, and of those only `mod.ts`. So a stage knows nothing downstream, and a folder's other files can change freely.
 *
 * @module
 */
import { dirname, posix } from "node:path";

const BASE = ["errors", "lifecycle", "telemetry", "secrets", "files"];
const STAGES = [
  ...BASE,
  "executable",
  "net",
  "service",
  "protocol",
  "audio",
  "models",
  "engine",
  "vad",
  "asr",
  "tts",
  "llm",
  "voiceprint",
  "memory",
  "automation",
  "tools",
  "dialogue",
  "agents",
];

/** Which folders of `lib/` each folder may import, besides itself. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  lifecycle: ["errors"],
  telemetry: ["errors"],
  secrets: ["errors"],
  files: [],
  std: [],
  executable: ["errors"],
  net: BASE,
  config: BASE,
  protocol: ["errors"],
  audio: BASE,
  service: [...BASE, "net"],
  models: [...BASE, "executable", "net"],
  engine: [...BASE, "executable", "audio", "models"],
  vad: [...BASE, "audio", "engine"],
  asr: [...BASE, "audio", "net", "service", "models", "engine"],
  tts: [...BASE, "executable", "audio", "net", "service", "models", "engine"],
  llm: [...BASE, "net", "service"],
  voiceprint: [...BASE, "audio", "net", "service"],
  memory: BASE,
  automation: [...BASE, "net", "protocol"],
  tools: [...BASE, "executable", "net", "service", "protocol", "audio", "llm"],
  dialogue: [...BASE, "protocol", "llm", "memory", "tools"],
  agents: [...BASE, "protocol", "asr", "tts", "llm", "tools", "dialogue"],
  session: STAGES,
  device: [...BASE, "protocol", "audio"],
  server: [...STAGES, "session"],
  app: [...STAGES, "config", "session", "device", "server"],
  cli: [...BASE, "app", "device"],
};

/** What a process of its own begins with: loaded by name, so that it loads nothing else of its folder. */
const ENTRIES = [
  "app/engine_process.ts",
  "engine/engine_main.ts",
  "app/tool_servers_process.ts",
  "tools/servers/process/tool_servers_main.ts",
];

/** Which stages each stage of `session/` may import: those upstream of it. Only files of `session/` itself know all. */
const SESSION_STAGES: Readonly<Record<string, readonly string[]>> = {
  ingest: [],
  overload: [],
  listening: ["ingest", "overload"],
  answering: [],
  rooms: ["answering"],
};

/** The files of `session/` that its stages share. */
const SESSION_GROUND = ["config.ts", "counters.ts", "recognition.ts", "session_context.ts", "turn.ts"];

/** The folder of `lib/` that a path lies in, or `undefined` outside of `lib/`. */
function folderOf(path: string): string | undefined {
  return /(?:^|\/)lib\/([^/]+)\//.exec(path)?.[1];
}

/** Says why `importer` may not import `source`, or `undefined` when it may. */
export function layerFault(importer: string, source: string): string | undefined {
  const from = folderOf(importer);
  if (from === undefined || !source.startsWith(".")) return undefined;
  const target = posix.join(dirname(importer), source);
  const to = folderOf(target);
  const allowed = LAYERS[from];
  if (allowed === undefined) return `lib/${from} is not in the import table`;
  if (to === undefined) return `lib/${from} may not import from outside of lib/`;
  if (to === "session" && from === "session") return stageFault(importer, target);
  if (to === from) return undefined;
  if (!allowed.includes(to)) {
    return `lib/${from} may not import lib/${to}; it may import: ${allowed.join(", ") || "nothing"}`;
  }
  const [, file = ""] = /(?:^|\/)lib\/(.+)$/.exec(target) ?? [];
  // A part that is loaded apart, such as `device/load/`, has a `mod.ts` of its own.
  if (file.endsWith("/mod.ts") || ENTRIES.includes(file)) return undefined;
  return `lib/${from} may import lib/${to}/mod.ts alone, and not ${file}`;
}

/** The same within `session/`, where each stage looks upstream alone. */
function stageFault(importer: string, target: string): string | undefined {
  const [, stage = ""] = /\/session\/([^/]+)\/[^/]+$/.exec(importer) ?? [];
  const upstream = SESSION_STAGES[stage];
  if (upstream === undefined) return undefined;
  const [folder = "", file] = target.slice(target.lastIndexOf("/session/") + "/session/".length).split("/");
  const known = file === undefined ? SESSION_GROUND.includes(folder) : [stage, ...upstream].includes(folder);
  return known
    ? undefined
    : `session/${stage} may not import session/${[folder, file].filter(Boolean).join("/")}`;
}

/** The lint plugin, with one rule: `earshot/layers`. */
const plugin: Deno.lint.Plugin = {
  name: "earshot",
  rules: {
    layers: {
      create(context) {
        const check = (node: Deno.lint.Node, source: unknown) => {
          if (typeof source !== "string") return;
          const message = layerFault(context.filename.replaceAll("\\", "/"), source);
          if (message !== undefined) context.report({ node, message });
        };
        return {
          ImportDeclaration: (node) => check(node, node.source.value),
          ExportNamedDeclaration: (node) => check(node, node.source?.value),
          ExportAllDeclaration: (node) => check(node, node.source.value),
          ImportExpression: (node) => {
            if (node.source.type === "Literal") check(node, node.source.value);
          },
        };
      },
    },
  },
};

export default plugin;
