import { fileURLToPath } from "node:url";
import { EarshotError } from "../errors/mod.ts";
import type { EngineRuntime } from "./contract.ts";

/** The module that a checkout runs as the engine process. */
export const ENGINE_ENTRY = new URL("./engine_main.ts", import.meta.url);

/** What the engine process loads later by a computed name, and what therefore has to be named for the download. */
const LAZY_MODULES = [
  "./workers/recognition_worker.ts",
  "./workers/vad_worker.ts",
  "./workers/voice_worker.ts",
];

/**
 * The arguments that make this executable the engine. The compiled one has a command for it, with the permissions
 * it was built with; from a checkout, `deno run` gets the narrowest that do: no net, no env, no write, of the
 * system only its own priority, and ffi only for the native runtime.
 */
export function engineArgs(runtime: EngineRuntime, entry: URL = ENGINE_ENTRY): readonly string[] {
  if (Deno.build.standalone) return ["engine"];
  const ffi = runtime === "native" ? ["--allow-ffi"] : [];
  const flags = [
    "--quiet",
    "--no-prompt",
    "--cached-only",
    "--allow-read",
    "--allow-sys=setPriority",
    ...ffi,
  ];
  return ["run", ...flags, ...projectFlags(runtime), entry.href];
}

/**
 * Downloads what the engine needs with this runtime, progress on stderr. The runtimes are large (native 101 MB,
 * WASM 31 MB) and Deno fetches all that a lock file names, so each runtime has a lock file of its own and nobody
 * pays for the one he does not use. Does nothing in the compiled executable; takes 20 ms when all is there.
 * Throws `engine.runtime`, and `cancelled` when the signal aborts.
 */
export async function prepareRuntime(
  runtime: EngineRuntime,
  options: { readonly entry?: URL; readonly signal: AbortSignal },
): Promise<void> {
  if (Deno.build.standalone) return;
  const modules = [...LAZY_MODULES, `./inference/${runtime}_runtime.ts`]
    .map((path) => new URL(path, import.meta.url).href);
  const { success, code } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", ...projectFlags(runtime), (options.entry ?? ENGINE_ENTRY).href, ...modules],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
    signal: options.signal,
  }).output();
  if (options.signal.aborted) throw new EarshotError("cancelled", "Cannot prepare the engine: it was closed");
  if (!success) {
    throw new EarshotError("engine.runtime", `Cannot fetch the ${runtime} runtime: deno ended with ${code}`);
  }
}

function projectFlags(runtime: EngineRuntime): readonly string[] {
  const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
  return ["--config", path("../../deno.json"), "--lock", path(`./locks/${runtime}.lock`)];
}
