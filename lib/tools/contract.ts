import type { EncodableSound } from "../audio/mod.ts";

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a call of a tool may change: nothing, something, or something that is hard to undo, which asks back by voice. */
export type ToolKind = "read" | "act" | "destructive";

/** How long a call may take unless its tool says otherwise, in ms. */
export const CALL_MS = 10_000;

/** A tool as its source has it. */
export interface Tool {
  /** Unique within its source. */
  readonly name: string;
  /** What people call it: a few words on one line. Default: its name. */
  readonly title?: string;
  /** What it does and when to call it, for the language model. */
  readonly description: string;
  /** The JSON Schema of its arguments: of an object. */
  readonly parameters: JsonObject;
  /** What a call may change. */
  readonly kind: ToolKind;
  /**
   * Who may have it called: `everyone` unless the agent's list says otherwise, `listed` only where the agent's list names
   * it, `operator` nobody but the operator, never a language model.
   */
  readonly audience: "everyone" | "listed" | "operator";
  /** Whether only an approved or pinned device may have it called, unless `tools.open`. */
  readonly approvedOnly: boolean;
  /** How long a call may take, in ms. Default: {@linkcode CALL_MS}. A camera takes 45,000. */
  readonly timeoutMs?: number;
}

/** Music that is played after the answer, as speech is: bounded, and ended by whatever ends an answer. */
export interface Track {
  /** What people call it. */
  readonly title: string;
  /** Its sound, read as it is taken; leaving the loop, or aborting, closes the file. */
  open(signal: AbortSignal): AsyncIterable<EncodableSound>;
}

/** What a result asks the session to do. */
export type ToolEffect =
  /** Play a track once the answer is spoken. */
  | { readonly type: "play"; readonly track: Track }
  /** End the conversation once the answer is spoken. */
  | { readonly type: "end" }
  /** Have another agent from the next turn on. */
  | { readonly type: "agent"; readonly agent: string };

/** What a call gives. */
export interface ToolResult {
  /** For the language model; cut at 4 KB. */
  readonly text: string;
  /** Whether the tool says that it has failed. Default: no. */
  readonly failed?: boolean;
  readonly effect?: ToolEffect;
}

/** Where tools come from: built-ins, the device, an MCP server. */
export interface ToolSource {
  /** Unique among the sources of a session; what `agents.NAME.tools` calls it, such as `device`. */
  readonly name: string;
  /** What it has now, without a wait; the same array as long as nothing changes. */
  list(): readonly Tool[];
  /**
   * Calls a tool with arguments that fit its schema. Aborting the signal gives the call up: a reader is canceled, and an
   * action may go on, of which nobody hears.
   *
   * @throws {EarshotError} `tool.*`, or `canceled`
   */
  call(name: string, args: JsonObject, signal: AbortSignal): Promise<ToolResult>;
}
