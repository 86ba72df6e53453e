import { z } from "zod";
import { CALL_MS, type Tool, type ToolKind } from "../contract.ts";

/** How long a call may take with a camera, which uploads what it takes, in ms. */
export const CAMERA_MS = 45_000;

const MAX_NAME_CHARS = 128;
const MAX_TITLE_CHARS = 80;
const MAX_DESCRIPTION_CHARS = 4_096;

/** Words of a name that tell of something that is hard to undo. */
const DESTRUCTIVE = new Set(
  "reboot restart upgrade reset factory delete remove erase wipe unlock format shutdown poweroff uninstall"
    .split(" "),
);
/** Words that tell of pictures. */
const CAMERA = new Set(["camera", "photo", "snapshot", "picture"]);
const READ = new Set(["get", "list", "read", "query", "is", "has"]);

const annotations = z.object({
  audience: z.array(z.string()).optional().catch(undefined),
  destructiveHint: z.boolean().optional().catch(undefined),
  readOnlyHint: z.boolean().optional().catch(undefined),
  title: z.string().optional().catch(undefined),
});

const tool = z.object({
  name: z.string().min(1).max(MAX_NAME_CHARS),
  title: z.string().optional().catch(undefined),
  description: z.string().catch(""),
  inputSchema: z.record(z.string(), z.unknown()).catch({ type: "object", properties: {} }),
  annotations: annotations.catch({}).default({}),
});

/** Reads one tool of a device's list; `undefined` for what is none. */
export function readDeviceTool(given: unknown): Tool | undefined {
  const read = tool.safeParse(given);
  if (!read.success) return undefined;
  const { name, description, inputSchema, annotations: hints } = read.data;
  const words = wordsOf(name);
  const isCamera = words.some((word) => CAMERA.has(word));
  return {
    name,
    title: titleOf(read.data.title ?? hints.title, name),
    description: description.slice(0, MAX_DESCRIPTION_CHARS).toWellFormed(),
    parameters: inputSchema,
    kind: kindOf(words, { ...hints, name }),
    audience: isForUserOnly(hints.audience) ? "operator" : "everyone",
    approvedOnly: isCamera,
    timeoutMs: isCamera ? CAMERA_MS : CALL_MS,
  };
}

/** What a call may change: what the tool says of itself counts where it is the more careful. */
function kindOf(
  words: readonly string[],
  { name, destructiveHint, readOnlyHint }: {
    readonly name: string;
    readonly destructiveHint?: boolean | undefined;
    readonly readOnlyHint?: boolean | undefined;
  },
): ToolKind {
  if (destructiveHint === true || words.some((word) => DESTRUCTIVE.has(word))) return "destructive";
  const [verb = ""] = wordsOf(name.slice(name.lastIndexOf(".") + 1));
  return readOnlyHint === true || READ.has(verb) ? "read" : "act";
}

/** For people alone: not for language models. */
function isForUserOnly(audience: readonly string[] | undefined): boolean {
  return audience !== undefined && audience.includes("user") && !audience.includes("assistant");
}

/** What it is called on one line: as it says, else the last part of its name. */
function titleOf(title: string | undefined, name: string): string {
  const line = title?.replaceAll(/[\s\p{C}]+/gu, " ").trim().slice(0, MAX_TITLE_CHARS).toWellFormed() ?? "";
  if (line !== "") return line;
  const words = wordsOf(name.slice(name.lastIndexOf(".") + 1)).join(" ");
  return words === "" ? name : words;
}

/** `self.audio_speaker.setVolume` as `self audio speaker set volume`. */
function wordsOf(name: string): readonly string[] {
  return name.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, " ").toLowerCase().split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}
