import { Deque } from "@std/data-structures";
import { type Clock, systemClock } from "../../lifecycle/mod.ts";

/** Options of a {@linkcode Pace}. */
export interface PaceOptions {
  /** How long a frame sounds, in ms: everybody's period. */
  readonly frameMs: number;
  /** Receives for each beat how late it was, in ms: that is the delay of this process alone. */
  readonly onBeat: (lateMs: number) => void;
  /** Receives how many beats were left out because this process was too far behind. */
  readonly onSkipped: (beats: number) => void;
  readonly clock?: Clock;
}

interface Seat {
  readonly beat: () => void;
  dueMs: number;
  left: boolean;
}

/** As in firmware, whose send queue holds so many: one that is further behind begins anew instead of catching up. */
const MAX_BEATS_BEHIND = 40;

/**
 * Beats once a frame for each of many devices, on one timer and an absolute schedule: late timers do not add up,
 * and what was missed is caught up with. All have the same period, so who was served last is due last.
 */
export class Pace {
  readonly #options: PaceOptions;
  readonly #clock: Clock;
  readonly #seats = new Deque<Seat>();
  #cancelTimer: (() => void) | undefined;

  /** Nothing beats yet. */
  constructor(options: PaceOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Calls `beat` once a frame from now on; it must not throw. The returned function ends that, and may be called twice. */
  join(beat: () => void): () => void {
    const seat = { beat, dueMs: this.#clock.nowMs() + this.#options.frameMs, left: false };
    this.#seats.pushBack(seat);
    this.#schedule();
    return () => {
      seat.left = true;
      // An empty chair is cleared when it is due; the last one takes the timer with it.
      while (this.#seats.peekFront()?.left) this.#seats.popFront();
      if (this.#seats.length === 0) this.#stop();
    };
  }

  #schedule(): void {
    const next = this.#seats.peekFront();
    if (this.#cancelTimer !== undefined || next === undefined) return;
    const delayMs = Math.max(0, next.dueMs - this.#clock.nowMs());
    this.#cancelTimer = this.#clock.schedule(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#beatAll();
      this.#schedule();
    });
  }

  #stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #beatAll(): void {
    for (let nowMs = this.#clock.nowMs();; nowMs = this.#clock.nowMs()) {
      const seat = this.#seats.peekFront();
      if (seat === undefined || seat.dueMs > nowMs) return;
      this.#seats.popFront();
      if (seat.left) continue;
      this.#options.onBeat(nowMs - seat.dueMs);
      seat.beat();
      if (seat.left) continue;
      seat.dueMs = this.#nextDueMs(seat.dueMs, nowMs);
      this.#seats.pushBack(seat);
    }
  }

  #nextDueMs(dueMs: number, nowMs: number): number {
    const { frameMs, onSkipped } = this.#options;
    const behind = Math.floor((nowMs - dueMs) / frameMs);
    if (behind <= MAX_BEATS_BEHIND) return dueMs + frameMs;
    onSkipped(behind);
    return dueMs + (behind + 1) * frameMs;
  }
}
