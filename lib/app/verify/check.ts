/** What one check found, on this machine and now. */
export interface CheckResult {
  /** What was checked, in a few words. */
  readonly check: string;
  /** Whether it holds. */
  readonly passed: boolean;
  /** What was measured, with its unit. */
  readonly measured: string;
  /** What it had to be. */
  readonly limit: string;
}

/** Options of a {@linkcode Check}. */
export interface CheckOptions {
  /** Where a check may write for a moment; the system's own place for such without it. */
  readonly dir?: string | undefined;
}

/** A check: does what it is about and measures it. Rejects only when it cannot be carried out. */
export type Check = (signal: AbortSignal, options?: CheckOptions) => Promise<CheckResult>;

/** Milliseconds for people. */
export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
