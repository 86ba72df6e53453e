const TIMER_MS = 10;

/** Watches how late a bare timer is, from now on: what of a delay is the machine's, or a collection of garbage. */
export class StallMeter {
  #longestMs = 0;
  #setMs = performance.now();
  readonly #timer = setInterval(() => {
    const nowMs = performance.now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#setMs - TIMER_MS);
    this.#setMs = nowMs;
  }, TIMER_MS);

  /** The longest so far, in ms. */
  get longestMs(): number {
    return this.#longestMs;
  }

  /** Ends it; gives the longest, in ms. */
  stop(): number {
    clearInterval(this.#timer);
    return this.#longestMs;
  }
}
