import { EarshotError } from "../errors/mod.ts";

/**
 * A text that is being written. Whoever reads it gets its parts from the first one on, as they come, so that one voice
 * can take over from another. Its owner bounds it: the text of an answer is at most 64 KB.
 */
export class WrittenText {
  readonly #parts: string[] = [];
  #end: { readonly error?: EarshotError } | undefined;
  #more = Promise.withResolvers<void>();
  #waiting = 0;

  /** Adds a part; ignored after {@linkcode end}. */
  write(part: string): void {
    if (this.#end !== undefined || part === "") return;
    this.#parts.push(part);
    this.#wake();
  }

  /** That was all of it, or why there is no more. The first call counts. */
  end(error?: EarshotError): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#wake();
  }

  /** All of it so far. */
  get text(): string {
    return this.#parts.join("");
  }

  /** Whether it goes on, and a reader has all of it so far: nothing more can be spoken for now. */
  get isAwaited(): boolean {
    return this.#waiting > 0;
  }

  /** Its parts; throws what it ended with, or `canceled` when the signal aborts. */
  async *read(signal: AbortSignal): AsyncGenerator<string, void> {
    for (let index = 0;; index++) {
      while (index >= this.#parts.length) {
        if (this.#end?.error !== undefined) throw this.#end.error;
        if (this.#end !== undefined) return;
        await this.#next(signal);
      }
      if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
      yield this.#parts[index] ?? "";
    }
  }

  async #next(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(EarshotError.from(signal.reason, "canceled"));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiting++;
    try {
      await Promise.race([this.#more.promise, aborted.promise]);
    } finally {
      this.#waiting--;
      signal.removeEventListener("abort", onAbort);
    }
  }

  #wake(): void {
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }
}
