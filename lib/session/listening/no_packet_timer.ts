import type { Clock } from "../../lifecycle/mod.ts";

/** Options of a {@linkcode NoPacketTimer}. */
export interface NoPacketTimerOptions {
  /** The time source. */
  readonly clock: Clock;
  /** For how long nothing must come, in ms. */
  readonly limitMs: number;
  /** Told once that nothing came for so long, while it watches. */
  readonly onNothing: () => void;
}

/** Notices that a device has stopped sending, by the wall clock: with one wait at a time, whatever comes meanwhile. */
export class NoPacketTimer {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onNothing: () => void;
  #lastMs: number;
  #cancel: (() => void) | undefined;
  #passed = false;

  /** Watches nothing yet. */
  constructor({ clock, limitMs, onNothing }: NoPacketTimerOptions) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onNothing = onNothing;
    this.#lastMs = clock.nowMs();
  }

  /** Whether nothing has come since it was told. */
  get passed(): boolean {
    return this.#passed;
  }

  /** A packet came. */
  packet(): void {
    this.#passed = false;
    this.#lastMs = this.#clock.nowMs();
  }

  /** Begins to watch, if it does not already. */
  start(): void {
    if (this.#cancel === undefined) this.#wait(this.#clock.nowMs());
  }

  /** Watches no more. May be called twice. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  readonly #due = () => {
    // What came meanwhile puts it off.
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#lastMs + this.#limitMs) return this.#wait(nowMs);
    this.#cancel = undefined;
    this.#passed = true;
    this.#onNothing();
  };

  #wait(nowMs: number): void {
    this.#cancel = this.#clock.schedule(Math.max(0, this.#lastMs + this.#limitMs - nowMs), this.#due);
  }
}
