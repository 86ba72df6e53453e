import type { EarshotError } from "../errors/mod.ts";
import type { AnswerEnd } from "./attempt.ts";
import { MAX_CALL_BYTES, MAX_CALLS } from "./call_bounds.ts";
import type { LlmEvent, LlmToolCall } from "./contract.ts";

/** How much of an answer is read, in bytes of UTF-8. */
export const MAX_ANSWER_BYTES = 65_536;

const encoder = new TextEncoder();
/** What texts are measured in; nobody reads it. */
const scratch = new Uint8Array(MAX_ANSWER_BYTES);

/** What an answer consists of, besides its counts and its end. */
export type AnswerPart = Extract<LlmEvent, { type: "text" | "tool_call" | "thoughts" }>;

/** How an answer has ended: well, or with an error. */
export type PartsEnd =
  | { readonly reason: AnswerEnd; readonly error?: never }
  | { readonly error: EarshotError; readonly reason?: never };

/** An answer between its service, which is read at once, and its reader, who takes it at their own pace. */
export class AnswerParts {
  readonly #unread: AnswerPart[] = [];
  #bytes = 0;
  #calls = 0;
  #callBytes = 0;
  #thoughtBytes = 0;
  #end: PartsEnd | undefined;
  #change = Promise.withResolvers<void>();

  /** How it has ended, if it has. */
  get end(): PartsEnd | undefined {
    return this.#end;
  }

  /** Adds a part; `false` when the answer is as long as one may be, and the rest of it was left out. */
  push(part: AnswerPart): boolean {
    switch (part.type) {
      case "text":
        return this.#pushText(part.text);
      case "tool_call":
        return this.#pushCall(part.call);
      case "thoughts":
        // They are for the service alone, which does without what is too long.
        this.#thoughtBytes += bytesOf(part.text);
        if (this.#thoughtBytes <= MAX_ANSWER_BYTES) this.#add(part);
        return true;
    }
  }

  /** Nothing more comes; the first call counts. */
  finish(end: PartsEnd): void {
    this.#end ??= end;
    this.#change.resolve();
  }

  /** Takes the next part, of text all that is there; `undefined` for nothing. */
  take(): AnswerPart | undefined {
    return this.#unread.shift();
  }

  /** Resolves when there is more than the last `take` and `end` have told. */
  changed(): Promise<void> {
    if (this.#unread.length > 0 || this.#end !== undefined) return Promise.resolve();
    this.#change = Promise.withResolvers();
    return this.#change.promise;
  }

  #pushText(text: string): boolean {
    // `encodeInto` never takes half a character.
    const { read, written } = encoder.encodeInto(text, scratch.subarray(this.#bytes));
    this.#bytes += written;
    const fits = text.slice(0, read);
    const last = this.#unread.at(-1);
    if (last?.type === "text") {
      this.#unread[this.#unread.length - 1] = { type: "text", text: last.text + fits };
    } else if (fits !== "") this.#unread.push({ type: "text", text: fits });
    this.#change.resolve();
    return read === text.length;
  }

  #pushCall(call: LlmToolCall): boolean {
    const { id, name, arguments: args, extra } = call;
    this.#callBytes += bytesOf(`${id}${name}${args}${extra === undefined ? "" : JSON.stringify(extra)}`);
    if (this.#calls >= MAX_CALLS || this.#callBytes > MAX_CALL_BYTES) return false;
    this.#calls++;
    this.#add({ type: "tool_call", call });
    return true;
  }

  #add(part: AnswerPart): void {
    this.#unread.push(part);
    this.#change.resolve();
  }
}

function bytesOf(text: string): number {
  return encoder.encode(text).length;
}
