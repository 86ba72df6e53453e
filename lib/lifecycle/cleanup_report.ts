/** What could not be released, and why. */
export interface CleanupFailure {
  /** The path of the resource, such as `session/turn-3/asr`. */
  readonly name: string;
  /** What its release threw or rejected with. */
  readonly error: unknown;
}

/** What closing one scope did, its children included. */
export interface CleanupReport {
  /** The name of the scope that was closed. */
  readonly scope: string;
  /** How many resources were to be released: `ok + failed.length + timedOut.length`. */
  readonly total: number;
  /** How many were released without a fault. */
  readonly ok: number;
  /** Those whose release threw or rejected. */
  readonly failed: readonly CleanupFailure[];
  /** The paths of those that were abandoned at their deadline. */
  readonly timedOut: readonly string[];
  /** From the call of `close` until the last release had settled, in ms. */
  readonly durationMs: number;
}

/** How one release ended. */
export type CleanupOutcome =
  | { readonly type: "ok" }
  | { readonly type: "failed"; readonly error: unknown }
  | { readonly type: "timed_out"; readonly error: unknown };

/** Collects the outcomes of one closing scope. */
export class CleanupTally {
  readonly #scope: string;
  #ok = 0;
  readonly #failed: CleanupFailure[] = [];
  readonly #timedOut: string[] = [];

  /** Begins an empty tally for the scope of that name. */
  constructor(scope: string) {
    this.#scope = scope;
  }

  /** Counts one resource of the scope itself. */
  add(name: string, outcome: CleanupOutcome): void {
    if (outcome.type === "ok") this.#ok++;
    else if (outcome.type === "timed_out") this.#timedOut.push(`${this.#scope}/${name}`);
    else this.#failed.push({ name: `${this.#scope}/${name}`, error: outcome.error });
  }

  /** Folds in the report of a child. */
  fold(child: CleanupReport): void {
    this.#ok += child.ok;
    for (const { name, error } of child.failed) this.#failed.push({ name: `${this.#scope}/${name}`, error });
    for (const name of child.timedOut) this.#timedOut.push(`${this.#scope}/${name}`);
  }

  /** The report of all that was counted so far. */
  report(durationMs: number): CleanupReport {
    const total = this.#ok + this.#failed.length + this.#timedOut.length;
    return {
      scope: this.#scope,
      total,
      ok: this.#ok,
      failed: this.#failed,
      timedOut: this.#timedOut,
      durationMs,
    };
  }
}
