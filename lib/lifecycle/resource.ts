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
const noTimer = (): void => {};

/** One thing that a scope owns, and the state of its release. Internal to `Scope`. */
export class Resource {
  /** The name within its scope. */
  readonly name: string;
  readonly #release: Release;
  readonly #deadlineMs: number;
  readonly #onClosing: ((reason: unknown) => void) | undefined;
  #holder: ResourceHolder;
  #state: "held" | "releasing" | "gone" = "held";
  /** The release while it is under way: most take no time, and a process holds many that have not begun. */
  #pending: { readonly expiry: AbortController; cancelTimer: () => void } | undefined;
  #gone: PromiseWithResolvers<void> | undefined;

  /** Puts itself into the holder. */
  constructor(holder: ResourceHolder, { name, release, deadlineMs, onClosing }: ResourceOptions) {
    this.#holder = holder;
    this.name = name;
    this.#release = release;
    this.#deadlineMs = deadlineMs;
    this.#onClosing = onClosing;
    holder.held.add(this);
  }

  /** Resolves when it is gone; never rejects. */
  get gone(): Promise<void> {
    if (this.#state === "gone") return Promise.resolve();
    this.#gone ??= Promise.withResolvers<void>();
    return this.#gone.promise;
  }

  /** Tells the resource that its scope begins to close. */
  announceClosing(reason: unknown): void {
    if (this.#state === "held") this.#onClosing?.(reason);
  }

  /** Starts the release, once. A synchronous one has ended on return and cost no timer. */
  release(): void {
    if (this.#state !== "held") return;
    this.#state = "releasing";
    const pending = this.#pending = { expiry: new AbortController(), cancelTimer: noTimer };
    const release = this.#release;
    let result: unknown;
    try {
      result = release(pending.expiry.signal);
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
    pending.cancelTimer = this.#holder.clock.schedule(this.#deadlineMs, () => this.abandon());
  }

  /** Gives up waiting, starting the release first if it was not: what is synchronous is still freed. */
  abandon(): void {
    this.release();
    if (this.#isGone()) return;
    const error = new EarshotError("lifecycle.deadline", `Cannot release ${this.name}: it took too long`);
    const expiry = this.#pending?.expiry;
    this.end({ type: "timed_out", error });
    if (expiry !== undefined) abortSafely(expiry, error, () => {});
  }

  /** Leaves the holder with an outcome, or without one when somebody else has freed it; the first call counts. */
  end(outcome?: CleanupOutcome): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.#pending?.cancelTimer();
    this.#pending = undefined;
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
