import { z } from "zod";
import { CATALOG, EarshotError, type ErrorCode } from "../../../errors/mod.ts";
import type { JsonObject } from "../../contract.ts";

/** The longest line on the pipe between the two processes, in bytes: a result of 1 MiB whose every byte is escaped. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** A command as the config has it, its secrets read. */
export interface StdioCommand {
  /** The server's name in the config. */
  readonly server: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** What the gateway says to the process that runs the commands. */
export type HostRequest =
  /** The first message. */
  | {
    readonly type: "setup";
    readonly version: string;
    /** `PATH` and `HOME` of the commands, as the gateway has them. */
    readonly env: Readonly<Record<string, string>>;
    /** Groups of processes that a process before this one has left. */
    readonly orphans: readonly number[];
  }
  /** Start a command and connect; `opened` or `failed` answers, and `ended` with this id is the end of it. */
  | { readonly type: "open"; readonly id: number } & StdioCommand
  /** End a command for good; `ended` answers. */
  | { readonly type: "close"; readonly id: number; readonly link: number }
  | {
    readonly type: "call";
    readonly id: number;
    readonly link: number;
    readonly name: string;
    readonly args: JsonObject;
  }
  | { readonly type: "refresh"; readonly id: number; readonly link: number }
  /** Nobody waits any more for what has this id. */
  | { readonly type: "cancel"; readonly id: number };

const id = z.int().min(0);
const tool = z.object({
  name: z.string(),
  title: z.string().exactOptional(),
  description: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  readOnly: z.boolean(),
  destructive: z.boolean(),
});
const errorCode = z.custom<ErrorCode>((code) => typeof code === "string" && Object.hasOwn(CATALOG, code));
const held = z.record(z.string(), z.union([z.literal("all"), z.array(z.string()).readonly()]));

const reply = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready"), permissions: held }),
  /** A command runs, in a group of processes of its own. */
  z.object({ type: z.literal("started"), id, pid: z.int().min(2) }),
  z.object({ type: z.literal("opened"), id, tools: z.array(tool) }),
  z.object({ type: z.literal("tools"), link: id, tools: z.array(tool) }),
  z.object({ type: z.literal("ended"), link: id, message: z.string() }),
  z.object({ type: z.literal("result"), id, text: z.string(), failed: z.boolean().exactOptional() }),
  z.object({ type: z.literal("done"), id }),
  z.object({ type: z.literal("failed"), id, code: errorCode, message: z.string() }),
]);

/** What the process answers. */
export type HostReply = z.output<typeof reply>;

/** Reads a line of the process; throws `internal` when it is none of its messages. */
export function decodeReply(line: string): HostReply {
  const parsed = reply.safeParse(jsonOf(line));
  if (parsed.success) return parsed.data;
  throw new EarshotError("internal", "Cannot read what the process of tool servers says");
}

/** Reads a line of the gateway, which is of the same build: its shape is not checked. */
export function decodeRequest(line: string): HostRequest {
  return jsonOf(line) as HostRequest;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A message as a line. */
export function encodeLine(message: HostRequest | HostReply): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(message)}\n`);
}
