import type { Clock } from "./clock.ts";

/**
 * In how many parts a deadline is waited for. Time in which the event loop did not turn, as while devices flood or the
 * machine slept, ends one part at most: the other side was not given what it needs, or its answer lies unread.
 */
const PARTS = 20;
/**
 * How often the event loop turns after a deadline before it counts. While devices flood, the answer may be there and
 * only be read some turns later; a loop that has time makes these turns in a few ms.
 */
const TURNS_OF_GRACE = 20;

/**
 * Schedules the deadline of an answer of another process: when the delay has passed, whatever has arrived by then is
 * read first, and time in which this process was blocked hardly counts. The returned
 * function cancels it and may be called twice.
 */
export function scheduleFairly(clock: Clock, delayMs: number, callback: () => void): () => void {
  let cancel = () => {};
  const grant = (turns: number) => {
    cancel = clock.schedule(0, () => turns === 1 ? callback() : grant(turns - 1));
  };
  const partMs = Math.ceil(delayMs / PARTS);
  const wait = (leftMs: number) => {
    const nextMs = Math.min(leftMs, partMs);
    cancel = clock.schedule(nextMs, () => leftMs > nextMs ? wait(leftMs - nextMs) : grant(TURNS_OF_GRACE));
  };
  wait(delayMs);
  return () => cancel();
}
