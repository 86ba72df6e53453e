/** Aborts its signal when nothing has come for a while, or on request. */
export class IdleWatch implements Disposable {
  readonly #controller = new AbortController();
  readonly #idleMs: number;
  #timer: ReturnType<typeof setTimeout>;

  /** Starts watching; `idleMs` is the longest silence. */
  constructor(idleMs: number) {
    this.#idleMs = idleMs;
    this.#timer = this.#arm();
  }

  /** Aborts with a `TimeoutError` when the silence was too long. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something came. */
  touch(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#arm();
  }

  /** Nothing more will come. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Stops watching. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #arm(): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.#controller.abort(new DOMException(`nothing for ${this.#idleMs} ms`, "TimeoutError"));
    }, this.#idleMs);
  }
}
