import { SharedTimer } from "./shared_timer.ts";

/** Time, injected wherever it matters, so that tests move it by hand. */
export interface Clock {
  /** Monotonic milliseconds; only differences have a meaning. */
  nowMs(): number;
  /** Runs `callback` once after `delayMs`; the returned function cancels it and may be called twice. */
  schedule(delayMs: number, callback: () => void): () => void;
}

const timer = new SharedTimer();

/** The clock of the machine. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  schedule: (delayMs, callback) => timer.schedule(delayMs, callback),
};
