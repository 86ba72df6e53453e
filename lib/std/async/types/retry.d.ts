/** Options for {@linkcode retry}. */
export interface RetryOptions {
  /** How much the backoff grows from one attempt to the next. */
  multiplier?: number;
  /** The longest wait between two attempts, in ms. */
  maxTimeout?: number;
  /** How often the function is called at most. */
  maxAttempts?: number;
  /** The first wait, in ms. */
  minTimeout?: number;
  /** Which part of each wait is random, from 0 to 1. */
  jitter?: number;
  /** Whether a failure is worth another attempt; if not it is thrown at once. */
  isRetriable?: (err: unknown) => boolean;
  /** Ends the retrying; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}
/** Thrown by {@linkcode retry} when the attempts are used up; `cause` is the last failure. */
export class RetryError extends Error {
  constructor(cause: unknown, attempts: number);
}
/** Calls `fn` until it succeeds, waiting longer after each failure. */
export function retry<T>(fn: (() => Promise<T>) | (() => T), options?: RetryOptions): Promise<T>;
