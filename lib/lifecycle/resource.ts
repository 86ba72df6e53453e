import { EarshotError } from "../errors/mod.ts";
import { abortSafely } from "./abort.ts";
import type { CleanupOutcome } from "./cleanup_report.ts";
import type { Clock } from "./clock.ts";

/** Frees a resource, synchronously or not; the signal aborts at the deadline of the release. */
export type Release = (signal: AbortSignal) => unknown;

/** What a {@linkcode Resource} needs of the scope that owns it. */
export interface ResourceHolder {
  /** The time source. */
  readonly clock: Clock;
  /** What the scope owns now; a resource takes itself out. */
  readonly held: Set<Resource>;
  /** Called once a resource has left; without an outcome when it was not released here. */
  left(resource: Resource, outcome?: CleanupOutcome): void;
}

/** Options of a {@linkcode Resource}. */
export interface ResourceOptions {
  /** The name within its scope. */
  readonly name: string;
  /** Frees it. */
  readonly release: Release;
  /** How long the release may take, in ms. */
  readonly deadlineMs: number;
  /** Called when the owning scope begins to close, before anything is released. */
  readonly onClosing?: (reason: unknown) => void;
}

const OK: CleanupOutcome = { type: "ok" };

/** One thing that a scope owns, and the state of its release. Internal to `Scope`. */
export class Resource {
  readonly #options: ResourceOptions;
  #holder: ResourceHolder;
  #state: "held" | "releasing" | "gone" = "held";
  #expiry: AbortController | undefined;
  #cancelTimer: (() => void) | undefined;
  #gone: PromiseWithResolvers<void> | undefined;

  /** Puts itself into the holder. */
  constructor(holder: ResourceHolder, options: ResourceOptions) {
    this.#holder = holder;
    this.#options = options;
    holder.held.add(this);
  }

  /** The name within its scope. */
  get name(): string {
    return this.#options.name;
  }

  /** Resolves when it is gone; never rejects. */
  get gone(): Promise<void> {
    if (this.#state === "gone") return Promise.resolve();
    this.#gone ??= Promise.withResolvers<void>();
    return this.#gone.promise;
  }

  /** Tells the resource that its scope begins to close. */
  announceClosing(reason: unknown): void {
    if (this.#state === "held") this.#options.onClosing?.(reason);
  }

  /** Starts the release, once. A synchronous one has ended on return and cost no timer. */
  release(): void {
    if (this.#state !== "held") return;
    this.#state = "releasing";
    this.#expiry = new AbortController();
    let result: unknown;
    try {
      result = this.#options.release(this.#expiry.signal);
    } catch (error) {
      return this.end({ type: "failed", error });
    }
    if (typeof result !== "object" || result === null) return this.end(OK);
    // A promise's executor takes any thenable, even one that throws; the reactions also swallow a late result.
    new Promise((resolve) => resolve(result)).then(
      () => this.end(OK),
      (error) => this.end({ type: "failed", error }),
    );
    if (this.#isGone()) return;
    this.#cancelTimer = this.#holder.clock.schedule(this.#options.deadlineMs, () => this.abandon());
  }

  /** Gives up waiting, starting the release first if it was not: what is synchronous is still freed. */
  abandon(): void {
    this.release();
    if (this.#isGone()) return;
    const error = new EarshotError("lifecycle.deadline", `Cannot release ${this.name}: it took too long`);
    this.end({ type: "timed_out", error });
    if (this.#expiry !== undefined) abortSafely(this.#expiry, error, () => {});
  }

  /** Leaves the holder with an outcome, or without one when somebody else has freed it; the first call counts. */
  end(outcome?: CleanupOutcome): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.#cancelTimer?.();
    this.#holder.held.delete(this);
    this.#gone?.resolve();
    this.#holder.left(this, outcome);
  }

  /** Changes the holder; throws `lifecycle.scope_closed` once the release has begun. */
  moveTo(holder: ResourceHolder): void {
    if (this.#state !== "held") {
      throw new EarshotError("lifecycle.scope_closed", `Cannot move ${this.name}: it was already released`);
    }
    const from = this.#holder;
    from.held.delete(this);
    holder.held.add(this);
    this.#holder = holder;
    from.left(this);
  }

  // A method, because a release may end its own resource while it runs, which narrowing cannot see.
  #isGone(): boolean {
    return this.#state === "gone";
  }
}
