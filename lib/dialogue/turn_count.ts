/** Every time zone is off by a multiple of this, so that each day begins with one, in ms. */
const QUARTER_MS = 900_000;
/** What may still be today somewhere, in ms: a day of 25 hours, and the clock may be put back by as much. */
const KEPT_MS = 50 * 3_600_000;

/** How often something was answered lately: no words, and at most 200 numbers. */
export class TurnCount {
  /** How often, by the quarter of an hour. */
  readonly #quarters = new Map<number, number>();

  /** One more, at a time in ms since 1970. */
  add(atMs: number): void {
    const quarter = Math.floor(atMs / QUARTER_MS);
    this.#quarters.set(quarter, (this.#quarters.get(quarter) ?? 0) + 1);
    const newest = Math.max(...this.#quarters.keys());
    for (const each of this.#quarters.keys()) {
      if (each < newest - KEPT_MS / QUARTER_MS) this.#quarters.delete(each);
    }
  }

  /** How often since then, in ms since 1970: the beginning of a day. */
  since(sinceMs: number): number {
    let count = 0;
    for (const [quarter, times] of this.#quarters) if ((quarter + 1) * QUARTER_MS > sinceMs) count += times;
    return count;
  }
}
