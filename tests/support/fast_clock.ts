import { type Clock, systemClock } from "../../lib/lifecycle/clock.ts";

/** A clock on which so many seconds pass in each. */
export function fastClock(speed: number): Clock {
  return {
    nowMs: () => systemClock.nowMs() * speed,
    schedule: (delayMs, callback) => systemClock.schedule(delayMs / speed, callback),
  };
}
