import type { Clock } from "./clock.ts";

/** Options of a {@linkcode Breaker}. */
export interface BreakerOptions {
  readonly clock: Clock;
  /** How many failures in a row open it. */
  readonly failures: number;
  /** How long it stays open at first, in ms; each trial that fails doubles it. */
  readonly coolDownMs: number;
  /** The longest it stays open, in ms. */
  readonly maxCoolDownMs: number;
}

/** Whether work is allowed: `half_open` is one trial. */
export type BreakerState = "closed" | "open" | "half_open";

/** Refuses work for a while once it has failed many times in a row, then allows one trial. */
export class Breaker {
  readonly #options: BreakerOptions;
  #failuresInRow = 0;
  #coolDownMs: number;
  #openUntilMs: number | undefined;
  #trial = false;
  #opened = 0;

  /** Starts closed: all work is allowed. */
  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#coolDownMs = options.coolDownMs;
  }

  /** Its state. */
  get state(): BreakerState {
    if (this.#openUntilMs === undefined) return "closed";
    return this.#trial || this.#options.clock.nowMs() >= this.#openUntilMs ? "half_open" : "open";
  }

  /** How often it has opened. */
  get opened(): number {
    return this.#opened;
  }

  /** Whether work may begin; in `half_open` only the first call gives `true`, until an outcome is reported. */
  allow(): boolean {
    if (this.#openUntilMs === undefined) return true;
    if (this.#trial || this.#options.clock.nowMs() < this.#openUntilMs) return false;
    this.#trial = true;
    return true;
  }

  /** The work succeeded. */
  succeeded(): void {
    this.#failuresInRow = 0;
    this.#coolDownMs = this.#options.coolDownMs;
    this.#openUntilMs = undefined;
    this.#trial = false;
  }

  /** The work failed. */
  failed(): void {
    const trial = this.#trial;
    this.#trial = false;
    if (!trial && ++this.#failuresInRow < this.#options.failures) return;
    if (!trial && this.#openUntilMs !== undefined) return;
    if (trial) this.#coolDownMs = Math.min(this.#options.maxCoolDownMs, 2 * this.#coolDownMs);
    this.#openUntilMs = this.#options.clock.nowMs() + this.#coolDownMs;
    this.#opened++;
  }

  /** The outcome says nothing about the other side, as when the caller gave up: another trial is allowed. */
  undecided(): void {
    this.#trial = false;
  }
}
