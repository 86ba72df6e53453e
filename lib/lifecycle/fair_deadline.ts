import type { Clock } from "./clock.ts";

/**
 * How often the event loop turns after a deadline before it counts. While devices flood, the answer may be there and
 * only be read some turns later; a loop that has time makes these turns in a few ms.
 */
const TURNS_OF_GRACE = 20;

/**
 * Schedules the end of a wait for somebody else: when the delay has passed, whatever has arrived by then is read
 * first, so that nobody is blamed for our own lateness. The returned function cancels it and may be called twice.
 */
export function scheduleFairly(clock: Clock, delayMs: number, callback: () => void): () => void {
  let cancel = () => {};
  const wait = (ms: number, turns: number) => {
    cancel = clock.schedule(ms, () => turns === 0 ? callback() : wait(0, turns - 1));
  };
  wait(delayMs, TURNS_OF_GRACE);
  return () => cancel();
}
