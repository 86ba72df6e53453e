import type { Clock } from "../lifecycle/mod.ts";

const FIRST_PAUSE_MS = 250;

/** What a step of a {@linkcode RetryLoop} found: more to do at once, or nothing for now. */
export type Progress = "more" | "idle";

/** Options of a {@linkcode RetryLoop}. */
export interface RetryLoopOptions {
  /** Does a piece of the work; its waits have deadlines of their own. */
  readonly step: () => Promise<Progress>;
  /** Called for a step that failed. Must not throw. */
  readonly onFailed: (error: unknown) => void;
  /** The longest pause between tries of what fails, in ms. */
  readonly maxPauseMs: number;
  /** Gives how long it rests at most when there is nothing to do, in ms. Default: until it is woken. */
  readonly idleMs?: () => number;
  readonly clock: Clock;
}

/** Work in the background: step by step while there is some, and after ever longer pauses while it fails. */
export class RetryLoop {
  /** Resolves once the first step has ended, whatever came of it. */
  readonly started: Promise<void>;
  readonly #options: RetryLoopOptions;
  readonly #ended: Promise<void>;
  #failures = 0;
  #stopped = false;
  #woken: "no" | "for work" | "urgently" = "no";
  #rest: { readonly ofFailure: boolean; end(): void } | undefined;

  /** Starts at once. */
  constructor(options: RetryLoopOptions) {
    this.#options = options;
    const first = this.#step();
    this.started = first.then(() => {});
    this.#ended = this.#run(first);
  }

  /** There is work. A pause after a failure lasts nevertheless, unless it is urgent. */
  wake(options: { readonly urgent?: boolean } = {}): void {
    if (options.urgent) this.#woken = "urgently";
    else if (this.#woken === "no") this.#woken = "for work";
    if (this.#wakes(this.#rest?.ofFailure)) this.#rest?.end();
  }

  /** Ends it: what is left is worked off, and what fails is tried once more. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.wake({ urgent: true });
    return this.#ended;
  }

  async #run(first: Promise<Progress | "failed">): Promise<void> {
    let outcome = await first;
    for (;;) {
      if (outcome !== "more") {
        if (this.#stopped && this.#woken === "no") return;
        await this.#restAfter(outcome);
      }
      outcome = await this.#step();
    }
  }

  async #step(): Promise<Progress | "failed"> {
    try {
      const progress = await this.#options.step();
      this.#failures = 0;
      return progress;
    } catch (error) {
      this.#failures++;
      this.#options.onFailed(error);
      return "failed";
    }
  }

  async #restAfter(outcome: "idle" | "failed"): Promise<void> {
    const { clock, maxPauseMs, idleMs = () => Infinity } = this.#options;
    const ofFailure = outcome === "failed";
    if (!this.#wakes(ofFailure)) {
      const ms = ofFailure ? Math.min(maxPauseMs, FIRST_PAUSE_MS * 2 ** (this.#failures - 1)) : idleMs();
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = ms === Infinity ? () => {} : clock.schedule(ms, resolve);
      this.#rest = { ofFailure, end: resolve };
      await promise;
      cancel();
      this.#rest = undefined;
    }
    this.#woken = "no";
  }

  #wakes(ofFailure: boolean | undefined): boolean {
    return this.#woken === "urgently" || (this.#woken === "for work" && ofFailure !== true);
  }
}
