import type { LoadLook } from "./load_monitor.ts";

/** With so few it is not the devices that keep the machine from its work. */
export const LEAST_LIMIT = 4;

/** What is left of a limit that was too high: the more, the less the detector falls behind. */
const MOST_LEFT = 0.9;
const LEAST_LEFT = 0.7;
/** How long a lower limit takes to show, in ms. */
const SHOWS_MS = 2_000;
/** It shows once no more are heard, but for a few who are let in besides. */
const SHOWN = 1.25;

/** Below this there is room for more; above that a little less is better; between them the limit is right. */
const CALM_RATIO = 0.5;
const TIGHT_RATIO = 0.75;
const TIGHT_LEFT = 0.97;
/** For how long it has to be calm, in ms. */
const CALM_MS = 2_000;
/** How often the limit grows, and by how much of it; near the one that was too high it is tried with care. */
const GROWS_MS = 1_000;
const NEAR_GROWS_MS = 5_000;
const NEAR = 0.92;
const GROWTH = 0.03;

/** After so long in which nobody wanted more it is forgotten, in ms: other devices cost something else. */
const FORGOTTEN_MS = 60_000;

/** How many are heard, and whether more would be. */
export interface Demand {
  /** Those that are heard. */
  readonly held: number;
  /** Those that wait for it. */
  readonly waiting: number;
}

/**
 * How many may be heard at once, found by trying: a part less when that is too late, a little more while it is not and
 * somebody waits (as TCP finds the pace of a path). There is no limit before the first time that it is too late.
 */
export class AdaptiveLimit {
  #limit = Infinity;
  /** The limit that was too high. */
  #tooHigh = Infinity;
  #loweredMs = -Infinity;
  #grewMs = -Infinity;
  #calmSinceMs: number | undefined;
  #wantedMs = 0;

  /** How many may be heard; a whole number, or without an end. */
  get limit(): number {
    return this.#limit;
  }

  /** A look at the process at `nowMs`. */
  look({ ratio, slope }: LoadLook, { held, waiting }: Demand, nowMs: number): void {
    const wanted = waiting > 0 || held >= this.#limit * NEAR;
    if (wanted) this.#wantedMs = nowMs;
    if (ratio >= CALM_RATIO) this.#calmSinceMs = undefined;
    else this.#calmSinceMs ??= nowMs;
    if (ratio >= 1) this.#lower(held, Math.min(MOST_LEFT, Math.max(LEAST_LEFT, 1 - slope)), nowMs);
    else if (ratio >= TIGHT_RATIO && (wanted || this.#limit === Infinity)) {
      this.#lower(held, TIGHT_LEFT, nowMs);
    } else if (this.#limit < Infinity && nowMs - this.#wantedMs >= FORGOTTEN_MS) this.#limit = Infinity;
    else if (wanted && this.#calmSinceMs !== undefined && nowMs - this.#calmSinceMs >= CALM_MS) {
      this.#grow(nowMs);
    }
  }

  /** Not before the last one has shown, which is when those are through that were being heard. */
  #lower(held: number, left: number, nowMs: number): void {
    const hasShown = held <= this.#limit * SHOWN && nowMs - this.#loweredMs >= SHOWS_MS;
    if (held <= LEAST_LIMIT || !hasShown) return;
    const tooHigh = Math.min(held, this.#limit);
    this.#tooHigh = tooHigh;
    this.#limit = Math.max(LEAST_LIMIT, Math.floor(tooHigh * left));
    this.#loweredMs = nowMs;
    this.#wantedMs = nowMs;
  }

  #grow(nowMs: number): void {
    const afterMs = this.#limit >= this.#tooHigh * NEAR ? NEAR_GROWS_MS : GROWS_MS;
    if (this.#limit === Infinity || nowMs - this.#grewMs < afterMs) return;
    this.#limit += Math.max(1, Math.floor(this.#limit * GROWTH));
    this.#grewMs = nowMs;
  }
}
