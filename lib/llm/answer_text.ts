import type { EarshotError } from "../errors/mod.ts";
import type { AnswerEnd } from "./attempt.ts";

/** How much of an answer is read, in bytes of UTF-8. */
export const MAX_ANSWER_BYTES = 65_536;

const encoder = new TextEncoder();
/** What texts are measured in; nobody reads it. */
const scratch = new Uint8Array(MAX_ANSWER_BYTES);

/** How a text has ended: well, or with an error. */
export type TextEnd =
  | { readonly reason: AnswerEnd; readonly error?: never }
  | { readonly error: EarshotError; readonly reason?: never };

/** The text of an answer between its service, which is read at once, and its reader, who takes it at their own pace. */
export class AnswerText {
  #unread = "";
  #bytes = 0;
  #end: TextEnd | undefined;
  #change = Promise.withResolvers<void>();

  /** How it has ended, if it has. */
  get end(): TextEnd | undefined {
    return this.#end;
  }

  /** Adds text; `false` when the answer is as long as one may be, and the rest of it was left out. */
  push(text: string): boolean {
    // `encodeInto` never takes half a character.
    const { read, written } = encoder.encodeInto(text, scratch.subarray(this.#bytes));
    this.#bytes += written;
    this.#unread += text.slice(0, read);
    this.#change.resolve();
    return read === text.length;
  }

  /** Nothing more comes; the first call counts. */
  finish(end: TextEnd): void {
    this.#end ??= end;
    this.#change.resolve();
  }

  /** Takes what is there; `""` for nothing. */
  take(): string {
    const text = this.#unread;
    this.#unread = "";
    return text;
  }

  /** Resolves when there is more than the last `take` and `end` have told. */
  changed(): Promise<void> {
    if (this.#unread !== "" || this.#end !== undefined) return Promise.resolve();
    this.#change = Promise.withResolvers();
    return this.#change.promise;
  }
}
