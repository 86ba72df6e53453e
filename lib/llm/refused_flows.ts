import type { Clock } from "../lifecycle/mod.ts";

/** For how long a refused device goes first with its next question, in ms. */
const REMEMBERED_MS = 300_000;
/** How many are remembered; for one more the one that was refused first is forgotten. */
const MAX_REMEMBERED = 1_000;

/** The devices that were refused lately, and when each was refused first. */
export class RefusedFlows {
  readonly #clock: Clock;
  /** As they were refused last, the newest last. */
  readonly #flows = new Map<string, { readonly at: number; readonly untilMs: number }>();

  /** Remembers none. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are held. */
  get size(): number {
    return this.#flows.size;
  }

  /** `flow` is refused at `at`, a number that grows; what was remembered of it before stays. */
  add(flow: string, at: number): void {
    const first = this.get(flow) ?? at;
    this.#flows.delete(flow);
    const [oldest] = this.#flows.keys();
    if (oldest !== undefined && this.#flows.size >= MAX_REMEMBERED) this.#flows.delete(oldest);
    this.#flows.set(flow, { at: first, untilMs: this.#clock.nowMs() + REMEMBERED_MS });
  }

  /** When `flow` was refused first; `undefined` for one that was not, or long ago. */
  get(flow: string): number | undefined {
    const found = this.#flows.get(flow);
    if (found === undefined || found.untilMs > this.#clock.nowMs()) return found?.at;
    this.#flows.delete(flow);
    return undefined;
  }

  /** `flow` was served. */
  delete(flow: string): void {
    this.#flows.delete(flow);
  }
}
