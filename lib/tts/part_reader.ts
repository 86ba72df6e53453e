import { raceSignal } from "../lifecycle/mod.ts";

/** A text that is being written, part by part as `speakStream` gets it. Disposing leaves it, also in mid-sentence. */
export class PartReader implements Disposable {
  readonly #parts: AsyncIterator<string>;

  /** Asks for nothing yet. */
  constructor(parts: AsyncIterable<string>) {
    this.#parts = parts[Symbol.asyncIterator]();
  }

  /** The next part that is not empty; `undefined` at the end. Rejects with what the text throws, or `canceled`. */
  async next(signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      const { done, value } = await raceSignal(this.#parts.next(), signal);
      if (done === true) return undefined;
      if (value !== "") return value;
    }
  }

  /** Whoever writes it may hang: nobody waits. */
  [Symbol.dispose](): void {
    Promise.resolve(this.#parts.return?.()).catch(() => {});
  }
}
