import { type Clock, withDeadline } from "../../lifecycle/mod.ts";

/** How long the end of the body may take after the last event, in ms: a body that is whole leaves its connection open. */
export const END_MS = 100;

/** Options of {@linkcode untilEnd}. */
export interface UntilEndOptions {
  /** How long the end may take from now on, in ms, once the answer is whole; `undefined` before. */
  readonly waitMs: () => number | undefined;
  /** The caller's; what it ends is told. */
  readonly signal: AbortSignal;
  /** Ends the request at its socket. */
  readonly hangUp: () => void;
  readonly clock: Clock;
}

/**
 * What comes of an answer up to the end of its body. Once the answer is whole nobody waits for that end long, and the
 * body may break: the request is ended then.
 */
export async function* untilEnd<T>(
  events: AsyncGenerator<T, void>,
  { waitMs, signal, hangUp, clock }: UntilEndOptions,
): AsyncGenerator<T, void> {
  // Signs of life that go on and on do not count.
  let untilMs = Infinity;
  try {
    for (;;) {
      const next = events.next();
      const ms = waitMs();
      if (ms !== undefined) untilMs = Math.min(untilMs, clock.nowMs() + ms);
      let result: IteratorResult<T, void>;
      try {
        result = ms === undefined
          ? await next
          : await withDeadline(next, untilMs - clock.nowMs(), { clock, signal });
      } catch (thrown) {
        const given = waitMs() === undefined || signal.aborted;
        hangUp();
        await next.catch(() => {});
        if (given) throw thrown;
        return;
      }
      if (result.done) return;
      yield result.value;
    }
  } finally {
    await events.return();
  }
}
