import { type Clock, raceSignal } from "../lifecycle/mod.ts";
import { isSpeakable } from "./text/clean_text.ts";

/** What comes next of a text that is being written. */
export type WrittenPart =
  | { readonly type: "part"; readonly text: string }
  /** Nothing has come for a while. */
  | { readonly type: "idle" }
  | { readonly type: "end" };

/** How long a part is waited for. */
export interface WrittenTextPatience {
  readonly clock: Clock;
  /** After that it is `idle`, in ms. */
  readonly idleMs: number;
}

/** A text on its way from who writes it to who speaks it, part by part; disposing stops its writer. */
export class WrittenParts implements Disposable {
  readonly #parts: AsyncIterator<string>;
  /** What comes next, once it was asked for, until it is taken. */
  #next: Promise<WrittenPart> | undefined;
  #ended = false;

  /** `parts` is read one part ahead at most. */
  constructor(parts: AsyncIterable<string>) {
    this.#parts = parts[Symbol.asyncIterator]();
  }

  /**
   * Waits until there is something to speak, which is what comes next then; `false` where there is none any more.
   * Rejects as the writer does, or `canceled`.
   */
  async begun(signal: AbortSignal): Promise<boolean> {
    let text = "";
    while (!isSpeakable(text)) {
      const next = await this.peek(signal);
      if (next.type !== "part") return false;
      this.take();
      text += next.text;
    }
    this.#next = Promise.resolve({ type: "part", text });
    return true;
  }

  /** What comes next, and is still there afterward. Rejects as the writer does, or `canceled`. */
  async peek(signal: AbortSignal, patience?: WrittenTextPatience): Promise<WrittenPart> {
    this.#next ??= this.#read();
    if (patience === undefined) return await raceSignal(this.#next, signal);
    const idle = Promise.withResolvers<WrittenPart>();
    const cancel = patience.clock.schedule(patience.idleMs, () => idle.resolve({ type: "idle" }));
    try {
      return await raceSignal(Promise.race([this.#next, idle.promise]), signal);
    } finally {
      cancel();
    }
  }

  /** Takes the part that was looked at. */
  take(): void {
    if (!this.#ended) this.#next = undefined;
  }

  /** Nobody reads any more. */
  [Symbol.dispose](): void {
    this.#next?.catch(() => {});
    if (!this.#ended) void (async () => await this.#parts.return?.())().catch(() => {});
  }

  async #read(): Promise<WrittenPart> {
    try {
      const { done, value } = await this.#parts.next();
      this.#ended = done === true;
      return done === true ? { type: "end" } : { type: "part", text: value };
    } catch (thrown) {
      this.#ended = true;
      throw thrown;
    }
  }
}
