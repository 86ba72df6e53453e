import type { Clock } from "../lifecycle/mod.ts";

/**
 * Lets one of many equal events through in a while, and says how many it stands for. LogTape's `getThrottlingFilter`
 * does not fit: it belongs to the logging set-up of the process, with one window a category and its own clock, and it
 * writes the count as a line of its own that carries two whole records.
 */
export class Throttle {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #seen = new Map<string, { lastMs: number; held: number }>();

  /** One event of a kind every `everyMs`; kinds must be few, since each is remembered. */
  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /** How many events of this kind to report now, this one included; 0 while it waits for a later one. */
  due(kind: string): number {
    const nowMs = this.#clock.nowMs();
    const seen = this.#seen.get(kind);
    if (seen !== undefined && nowMs - seen.lastMs < this.#everyMs) {
      seen.held++;
      return 0;
    }
    this.#seen.set(kind, { lastMs: nowMs, held: 0 });
    return 1 + (seen?.held ?? 0);
  }
}
