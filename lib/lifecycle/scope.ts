import { EarshotError } from "../errors/mod.ts";
import { abortSafely, isAbortOf } from "./abort.ts";
import { type CleanupOutcome, type CleanupReport, CleanupTally } from "./cleanup_report.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Release, Resource, type ResourceOwner } from "./resource.ts";

/** Options of a {@linkcode Scope}; a child takes over those of its parent that it does not set itself. */
export interface ScopeOptions {
  readonly clock?: Clock;
  /** How long the release of one resource may take, in ms. Default 2000. */
  readonly resourceDeadlineMs?: number;
  /** How long closing the whole scope may take, children included, in ms. Default 5000. */
  readonly closeDeadlineMs?: number;
  /**
   * Receives what no report carries: a background task that failed, a late release that failed or was abandoned.
   * `name` is the path of the resource.
   */
  readonly onError?: ((name: string, error: unknown) => void) | undefined;
}

/** Options of {@linkcode Scope.own}. */
export interface OwnOptions {
  /** How long this release may take, in ms. */
  readonly deadlineMs?: number;
}

/** What a scope holds, all its descendants included. */
export interface ScopeStats {
  /** Child scopes that have not closed yet. */
  readonly children: number;
  /** Resources that are not gone yet. */
  readonly resources: number;
}

const NONE: readonly Scope[] = [];

/**
 * A level of ownership: an abort signal, child scopes, and resources of its own. Closing aborts the signal,
 * closes the children in parallel, then releases its own resources in parallel, each by a deadline, and
 * reports what came of it. One failure never stops the rest.
 *
 * @example
 * ```ts
 * import { Scope } from "./scope.ts";
 *
 * const session = new Scope("session");
 * const turn = session.child("turn-1");
 * turn.own("socket", () => Promise.reject(new Error("already gone")));
 * const report = await session.close();
 * console.assert(report.failed[0]?.name === "session/turn-1/socket");
 * ```
 */
export class Scope implements AsyncDisposable {
  /** The name within its parent. */
  readonly name: string;
  readonly #clock: Clock;
  readonly #resourceDeadlineMs: number;
  readonly #onError: ScopeOptions["onError"];
  readonly #resources = new Set<Resource>();
  readonly #owner: ResourceOwner;
  // Made on demand: a gateway has thousands of scopes, and most have no children and no waiter.
  #controller: AbortController | undefined;
  #children: Set<Scope> | undefined;
  #closed: PromiseWithResolvers<CleanupReport> | undefined;
  #tally: CleanupTally | undefined;
  #reason: unknown;
  #report: CleanupReport | undefined;
  #parent: Scope | undefined;
  #phase: "open" | "children" | "resources" | "closed" = "open";
  #startedMs = 0;
  #budgetMs: number;
  #expired = false;
  #cancelTimer: (() => void) | undefined;

  /** Opens a scope without a parent. */
  constructor(name: string, options: ScopeOptions = {}) {
    this.name = name;
    this.#onError = options.onError;
    this.#clock = options.clock ?? systemClock;
    this.#resourceDeadlineMs = options.resourceDeadlineMs ?? 2_000;
    this.#budgetMs = options.closeDeadlineMs ?? 5_000;
    this.#owner = {
      clock: this.#clock,
      resources: this.#resources,
      gone: (name, outcome) => this.#gone(name, outcome),
    };
  }

  /** The names from the topmost scope down to this one, joined by `/`. */
  get path(): string {
    return this.#parent === undefined ? this.name : `${this.#parent.path}/${this.name}`;
  }

  /** Aborts as soon as the scope begins to close. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#phase !== "open") this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Resolves with the report once everything is gone or was abandoned; never rejects. */
  get closed(): Promise<CleanupReport> {
    if (this.#closed === undefined) {
      this.#closed = Promise.withResolvers<CleanupReport>();
      if (this.#report !== undefined) this.#closed.resolve(this.#report);
    }
    return this.#closed.promise;
  }

  /** Whether it may still be given resources, or closes, or has closed. */
  get state(): "open" | "closing" | "closed" {
    return this.#phase === "open" || this.#phase === "closed" ? this.#phase : "closing";
  }

  /** Counts everything below, so its cost grows with the count of descendants. */
  get stats(): ScopeStats {
    const total = { children: this.#children?.size ?? 0, resources: this.#resources.size };
    for (const child of this.#children ?? NONE) {
      const { children, resources } = child.stats;
      total.children += children;
      total.resources += resources;
    }
    return total;
  }

  /** Opens a scope that closes with this one at the latest; throws `lifecycle.scope_closed` when not open. */
  child(name: string, options: ScopeOptions = {}): Scope {
    this.#assertOpen(name);
    const child = new Scope(name, {
      clock: options.clock ?? this.#clock,
      resourceDeadlineMs: options.resourceDeadlineMs ?? this.#resourceDeadlineMs,
      closeDeadlineMs: options.closeDeadlineMs ?? this.#budgetMs,
      onError: options.onError ?? this.#onError,
    });
    child.#parent = this;
    (this.#children ??= new Set()).add(child);
    return child;
  }

  /**
   * Takes over a resource. When the scope is not open, the resource is released at once, and
   * `lifecycle.scope_closed` is thrown.
   */
  own(name: string, release: Release, options: OwnOptions = {}): void {
    const deadlineMs = options.deadlineMs ?? this.#resourceDeadlineMs;
    const resource = new Resource(this.#owner, { name, release, deadlineMs });
    if (this.#phase === "open") return;
    resource.release();
    this.#assertOpen(name);
  }

  /**
   * Starts a background task with the signal of the scope; closing the scope waits for it as for any release. A task
   * that fails before that is reported to `onError`. Throws `lifecycle.scope_closed` when not open, without starting
   * it.
   */
  run(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    this.#assertOpen(name);
    const { signal } = this;
    const resource = new Resource(this.#owner, {
      name,
      release: () => new Promise(() => {}), // it is gone once the task has ended
      deadlineMs: this.#resourceDeadlineMs,
    });
    const work = new Promise<void>((resolve) => resolve(task(signal)));
    resource.endWith(work.catch((error) => {
      if (!isAbortOf(signal, error)) throw error;
    }));
  }

  /**
   * Closes everything and resolves with the report; calling again gives the same promise. A release must
   * not wait for the scope that it belongs to: it would be abandoned at its deadline.
   */
  close(reason?: unknown): Promise<CleanupReport> {
    this.#close(reason ?? new EarshotError("canceled", `Cannot go on: ${this.path} was closed`));
    return this.closed;
  }

  /** Closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #close(reason: unknown, budgetMs = this.#budgetMs): void {
    if (this.#phase !== "open") return;
    this.#phase = "children";
    this.#reason = reason;
    this.#startedMs = this.#clock.nowMs();
    this.#budgetMs = Math.min(this.#budgetMs, budgetMs);
    if (this.#controller !== undefined) {
      const onError = (error: unknown) => this.#count("abort listener", { type: "failed", error });
      abortSafely(this.#controller, reason, onError);
    }
    // What is kept back lets own resources have their full time after children that used up theirs.
    const childrenMs = Math.max(this.#budgetMs - this.#resourceDeadlineMs, this.#budgetMs / 2);
    for (const child of this.#children ?? NONE) child.#close(reason, childrenMs);
    if (this.#childless) return this.#releaseHeld();
    this.#cancelTimer = this.#clock.schedule(childrenMs, () => {
      for (const child of this.#children ?? NONE) child.#expire();
    });
  }

  #releaseHeld(): void {
    if (this.#phase !== "children") return;
    this.#phase = "resources";
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const resource of this.#resources) resource.release();
    if (this.#expired) { for (const resource of this.#resources) resource.abandon(); }
    if (this.#resources.size === 0) return this.#finish();
    const leftMs = this.#startedMs + this.#budgetMs - this.#clock.nowMs();
    this.#cancelTimer = this.#clock.schedule(Math.max(0, leftMs), () => this.#expire());
  }

  /** Time is up: whatever is under way here and below is abandoned; it has closed on return. */
  #expire(): void {
    this.#expired = true;
    for (const child of this.#children ?? NONE) child.#expire();
    for (const resource of this.#resources) resource.abandon();
  }

  #finish(): void {
    if (this.#phase !== "resources") return;
    this.#phase = "closed";
    this.#cancelTimer?.();
    const report = this.#outcomes.report(this.#clock.nowMs() - this.#startedMs);
    this.#report = report;
    if (this.#parent !== undefined) this.#parent.#childClosed(this, report);
    this.#closed?.resolve(report);
  }

  #childClosed(child: Scope, report: CleanupReport): void {
    this.#children?.delete(child);
    if (this.#phase !== "children") return;
    this.#outcomes.fold(report);
    if (this.#childless) this.#releaseHeld();
  }

  get #childless(): boolean {
    return this.#children === undefined || this.#children.size === 0;
  }

  /** What has come of its resources since it began to close. */
  get #outcomes(): CleanupTally {
    return this.#tally ??= new CleanupTally(this.name);
  }

  #gone(name: string, outcome: CleanupOutcome): void {
    this.#count(name, outcome);
    if (this.#resources.size === 0) this.#finish();
  }

  #count(name: string, outcome: CleanupOutcome): void {
    if (this.state === "closing") return this.#outcomes.add(name, outcome);
    if (outcome.type === "ok") return;
    try {
      this.#onError?.(`${this.path}/${name}`, outcome.error);
    } catch {
      // A reporter that fails must not hide the failure.
    }
  }

  #assertOpen(name: string): void {
    if (this.#phase === "open") return;
    throw new EarshotError(
      "lifecycle.scope_closed",
      `Cannot open ${name}: scope ${this.path} is ${this.state}`,
    );
  }
}
