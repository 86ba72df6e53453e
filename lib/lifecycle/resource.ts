import { EarshotError } from "../errors/mod.ts";
import { abortSafely } from "./abort.ts";
import type { CleanupOutcome } from "./cleanup_report.ts";
import type { Clock } from "./clock.ts";

/** Frees a resource, synchronously or not; the signal aborts at the deadline of the release. */
export type Release = (signal: AbortSignal) => unknown;

/** What a {@linkcode Resource} needs of the scope that owns it. */
export interface ResourceOwner {
  readonly clock: Clock;
  /** What the scope owns now; a resource adds and removes itself. */
  readonly resources: Set<Resource>;
  /** Called once a resource is gone. */
  gone(name: string, outcome: CleanupOutcome): void;
}

/** Options of a {@linkcode Resource}. */
export interface ResourceOptions {
  /** The name within its scope. */
  readonly name: string;
  readonly release: Release;
  /** How long the release may take, in ms. */
  readonly deadlineMs: number;
}

const OK: CleanupOutcome = { type: "ok" };

/** One thing that a scope owns, and the state of its release. Internal to `Scope`. */
export class Resource {
  readonly #owner: ResourceOwner;
  readonly #options: ResourceOptions;
  #state: "held" | "releasing" | "gone" = "held";
  /** Only while a release is under way: most take no time, and a process holds many that have not begun. */
  #expiry: AbortController | undefined;
  #cancelTimer: (() => void) | undefined;

  /** Adds itself to its owner. */
  constructor(owner: ResourceOwner, options: ResourceOptions) {
    this.#owner = owner;
    this.#options = options;
    owner.resources.add(this);
  }

  /** Starts the release, once. A synchronous one has ended on return and cost no timer. */
  release(): void {
    if (this.#state !== "held") return;
    this.#state = "releasing";
    const { release, deadlineMs } = this.#options;
    this.#expiry = new AbortController();
    let result: unknown;
    try {
      result = release(this.#expiry.signal);
    } catch (error) {
      return this.end({ type: "failed", error });
    }
    if (typeof result !== "object" || result === null) return this.end(OK);
    // A promise's executor takes any thenable, even one that throws; the reactions also swallow a late result.
    this.endWith(new Promise((resolve) => resolve(result)));
    if (!this.#isGone()) {
      this.#cancelTimer = this.#owner.clock.schedule(deadlineMs, () => this.abandon());
    }
  }

  /** Stops waiting, starting the release first if it was not: what is synchronous is still freed. */
  abandon(): void {
    this.release();
    if (this.#isGone()) return;
    const expiry = this.#expiry;
    const error = new EarshotError(
      "lifecycle.deadline",
      `Cannot release ${this.#options.name}: it took too long`,
    );
    this.end({ type: "timed_out", error });
    if (expiry !== undefined) abortSafely(expiry, error, () => {});
  }

  /** Is gone once `work` has settled. */
  endWith(work: Promise<unknown>): void {
    work.then(() => this.end(OK), (error) => this.end({ type: "failed", error }));
  }

  /** Is gone, with an outcome; the first call counts. */
  end(outcome: CleanupOutcome): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#expiry = undefined;
    this.#owner.resources.delete(this);
    this.#owner.gone(this.#options.name, outcome);
  }

  // A method, because a release may end its own resource while it runs, which narrowing cannot see.
  #isGone(): boolean {
    return this.#state === "gone";
  }
}
