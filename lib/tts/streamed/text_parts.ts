import { type Clock, raceSignal } from "../../lifecycle/mod.ts";
import { isSpeakable } from "../text/clean_text.ts";

/** Options of {@linkcode TextParts}. */
export interface TextPartsOptions {
  /** The time source. */
  readonly clock: Clock;
  /** The most that one part measures, in UTF-16 units. */
  readonly maxChars: number;
  /** How long a request may wait for its next part, in ms. */
  readonly maxPauseMs: number;
}

/**
 * A text that is being written, whose parts go to one request after the other. A part is asked for once it can be sent,
 * so that no more than one waits here; one that nobody took is the next request's.
 */
export class TextParts {
  readonly #options: TextPartsOptions;
  readonly #parts: AsyncIterator<string>;
  #asked: Promise<string | undefined> | undefined;
  #come: string | undefined;

  /** Asks for nothing yet. */
  constructor(parts: AsyncIterable<string>, options: TextPartsOptions) {
    this.#parts = parts[Symbol.asyncIterator]();
    this.#options = options;
  }

  /**
   * What a request begins with: the next part with something to speak, and what came before it; `undefined` where the
   * text ends without. Rejects with `canceled`, or with what the text threw.
   */
  async first(signal: AbortSignal): Promise<string | undefined> {
    let text = "";
    while (await raceSignal(this.#peek(), signal) !== undefined) {
      text = lastOf(text + this.take(), this.#options.maxChars);
      if (isSpeakable(text)) return text;
    }
    return undefined;
  }

  /**
   * Whether a further part has come for a request, which `take` gives; not where the text ends, where it pauses, or
   * where its part has no room. Rejects as `first` does.
   */
  async hasMore(roomChars: number, signal: AbortSignal): Promise<boolean> {
    const { clock, maxPauseMs } = this.#options;
    const late = Promise.withResolvers<undefined>();
    const cancel = clock.schedule(maxPauseMs, () => late.resolve(undefined));
    try {
      const part = await raceSignal(Promise.race([this.#peek(), late.promise]), signal);
      return part !== undefined && part.length <= roomChars;
    } finally {
      cancel();
    }
  }

  /** Takes the part that has come. */
  take(): string {
    const part = this.#come;
    if (part === undefined) throw new RangeError("Cannot take a part: none has come");
    this.#come = undefined;
    this.#asked = undefined;
    return part;
  }

  /** Nobody takes any more; does not wait, since the text may hang. */
  close(): void {
    Promise.resolve(this.#parts.return?.()).catch(() => {});
  }

  #peek(): Promise<string | undefined> {
    return this.#asked ??= this.#pull();
  }

  async #pull(): Promise<string | undefined> {
    for (;;) {
      const { done, value } = await this.#parts.next();
      if (done === true) return undefined;
      if (value !== "") return this.#come = value;
    }
  }
}

/** The end of a text, no longer than so much, which begins with a whole character. */
function lastOf(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : text.slice(-maxChars).replace(/^[\udc00-\udfff]/, "");
}
