import { EarshotError } from "../errors/mod.ts";
import { type Clock, systemClock } from "./clock.ts";

/** Options of {@linkcode withDeadline}. */
export interface DeadlineOptions {
  /** What is waited for, as it should read after `Cannot wait for`. Default: an answer. */
  readonly what?: string;
  /** What to reject with at the deadline. Default: `lifecycle.deadline`. */
  readonly errorAtDeadline?: () => EarshotError;
  /** Ends the wait early. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/**
 * Waits for `promise` for at most `ms`, then rejects with `lifecycle.deadline`. The work itself goes on, its
 * late result is swallowed, and neither a timer nor a listener is left behind.
 */
export function withDeadline<T>(promise: PromiseLike<T>, ms: number, options: DeadlineOptions): Promise<T> {
  const { what = "an answer", signal, clock = systemClock, errorAtDeadline } = options;
  const expiry = Promise.withResolvers<never>();
  const cancelTimer = clock.schedule(ms, () => {
    expiry.reject(
      errorAtDeadline?.() ??
        new EarshotError("lifecycle.deadline", `Cannot wait for ${what}: ${ms} ms have passed`),
    );
  });
  return raceSignal(Promise.race([promise, expiry.promise]), signal).finally(cancelTimer);
}

/**
 * Waits for `promise`, or rejects as soon as `signal` aborts: with its reason if that is an `EarshotError`,
 * else with `canceled`. The late result is swallowed and no listener is left behind.
 */
export function raceSignal<T>(promise: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return Promise.resolve(promise);
  const { promise: outcome, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(EarshotError.from(signal.reason, "canceled"));
  Promise.resolve(promise).then(resolve, reject);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort);
  return outcome.finally(() => signal.removeEventListener("abort", onAbort));
}

/** What `promise` gives within `ms`, else `undefined`; rejects as it does. No timer is left behind. */
export function within<T>(promise: PromiseLike<T>, ms: number, clock: Clock): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const cancel = clock.schedule(ms, () => late.resolve(undefined));
  return Promise.race([promise, late.promise]).finally(cancel);
}

/** Waits for `ms`; rejects as {@linkcode raceSignal} does when `signal` aborts. No timer is left behind. */
export function pause(
  ms: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const over = Promise.withResolvers<void>();
  const cancel = clock.schedule(ms, over.resolve);
  return raceSignal(over.promise, signal).finally(cancel);
}
