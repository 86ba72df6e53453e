const FIRST_MS = 100;
const LONGEST_MS = 10_000;
const HEALTHY_MS = 30_000;

/** How long to wait before the next start: 100 ms, doubled with every failure up to 10 s; 30 s of health reset it. */
export class RestartBackoff {
  #failures = 0;

  /** The process ended after it had been ready for `healthyMs`, 0 when it never was; gives the wait in ms. */
  next(healthyMs: number): number {
    if (healthyMs >= HEALTHY_MS) this.#failures = 0;
    return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures++, 20));
  }
}
