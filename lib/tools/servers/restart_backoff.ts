const FIRST_MS = 500;
const LONGEST_MS = 60_000;
const HEALTHY_MS = 30_000;

/** How long to wait before the next try: from 500 ms, doubled with each failure up to a minute, and less by chance. */
export class RestartBackoff {
  readonly #random: () => number;
  #failures = 0;

  /** `random` gives numbers from 0 to below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** It was up for `healthyMs`, 0 when it never was; gives the wait in ms: half of it for sure, the other half by chance. */
  next(healthyMs: number): number {
    if (healthyMs >= HEALTHY_MS) this.#failures = 0;
    const wholeMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures++, 20));
    return wholeMs / 2 * (1 + this.#random());
  }
}
