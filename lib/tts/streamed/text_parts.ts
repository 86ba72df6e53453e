import { type Clock, raceSignal } from "../../lifecycle/mod.ts";
import { isSpeakable } from "../text/clean_text.ts";
import { wholeSentences } from "../text/whole_sentences.ts";

/** What comes next of a text that is being written. */
export type NextPart =
  | { readonly type: "part"; readonly text: string }
  /** Nothing has come for so long. */
  | { readonly type: "late" }
  | { readonly type: "end" };

/** Options of {@linkcode TextParts}. */
export interface TextPartsOptions {
  /** The time source. */
  readonly clock: Clock;
  /** The most that one part measures, in UTF-16 units. */
  readonly maxChars: number;
}

/**
 * A text that is being written, whose parts go to one request after the other. A part is asked for once it can be sent,
 * so that no more than one waits here; one that nobody took is the next request's. Disposing tells who writes it.
 */
export class TextParts implements Disposable {
  readonly #options: TextPartsOptions;
  readonly #parts: AsyncIterator<string>;
  #next: Promise<NextPart> | undefined;
  /** The part that has come, and was not taken. */
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
    while ((await this.peek(signal)).type === "part") {
      text = lastOf(text + this.take(), this.#options.maxChars);
      if (isSpeakable(text)) return text;
    }
    return undefined;
  }

  /**
   * A text that has begun, up to the end of a sentence, or to its own; what comes after that is the next request's.
   * Rejects as `first` does.
   */
  async sentence(begun: string, signal: AbortSignal): Promise<string> {
    let text = begun;
    for (;;) {
      const whole = wholeSentences(text, this.#options.maxChars);
      if (whole !== "") {
        this.#putBack(text.slice(whole.length));
        return whole;
      }
      if ((await this.peek(signal)).type !== "part") return text;
      text += this.take();
    }
  }

  /** What comes next, `late` where it takes longer than `withinMs`. Rejects as `first` does. */
  async peek(signal: AbortSignal, withinMs?: number): Promise<NextPart> {
    const next = this.#next ??= this.#pull();
    if (withinMs === undefined) return await raceSignal(next, signal);
    const late = Promise.withResolvers<NextPart>();
    const cancel = this.#options.clock.schedule(withinMs, () => late.resolve({ type: "late" }));
    try {
      return await raceSignal(Promise.race([next, late.promise]), signal);
    } finally {
      cancel();
    }
  }

  /** Takes the part that has come. */
  take(): string {
    const part = this.#come;
    if (part === undefined) throw new RangeError("Cannot take a part: none has come");
    this.#come = undefined;
    this.#next = undefined;
    return part;
  }

  /** Nobody takes any more; does not wait, since the text may hang. */
  [Symbol.dispose](): void {
    void (async () => await this.#parts.return?.())().catch(() => {});
  }

  #putBack(text: string): void {
    if (text === "") return;
    this.#come = text;
    this.#next = Promise.resolve({ type: "part", text });
  }

  async #pull(): Promise<NextPart> {
    for (;;) {
      const { done, value } = await this.#parts.next();
      if (done === true) return { type: "end" };
      if (value === "") continue;
      this.#come = value;
      return { type: "part", text: value };
    }
  }
}

/** The end of a text, no longer than so much, which begins with a whole character. */
function lastOf(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : text.slice(-maxChars).replace(/^[\udc00-\udfff]/, "");
}
