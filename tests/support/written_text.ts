/** A text that a test writes part by part, for whoever reads it meanwhile. */
export class WrittenText implements AsyncIterable<string> {
  readonly #parts: string[] = [];
  #end: { readonly error?: unknown } | undefined;
  #news = Promise.withResolvers<void>();
  /** Whether the reader has left it, or read it to its end. */
  left = false;
  /** Whether the reader waits for more. */
  awaited = false;

  /** Writes parts. */
  write(...parts: readonly string[]): void {
    this.#parts.push(...parts);
    this.#tell();
  }

  /** That was all of it. */
  end(): void {
    this.#end = {};
    this.#tell();
  }

  /** Whoever writes it fails. */
  fail(error: unknown): void {
    this.#end = { error };
    this.#tell();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    try {
      for (;;) {
        const part = this.#parts.shift();
        if (part !== undefined) yield part;
        else if (this.#end === undefined) {
          this.awaited = true;
          await this.#news.promise;
          this.awaited = false;
        } else if ("error" in this.#end) throw this.#end.error;
        else return;
      }
    } finally {
      this.left = true;
    }
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
