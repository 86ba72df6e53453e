import type { Clock } from "../lifecycle/mod.ts";

/** Options of a {@linkcode NoAudioWatch}. */
export interface NoAudioWatchOptions {
  /** The time source. */
  readonly clock: Clock;
  /** For how long nothing must come, in ms. */
  readonly limitMs: number;
  /** Told once that nothing came for so long, while it watches. */
  readonly onNothing: () => void;
}

/** Notices that a device has stopped sending, by the wall clock: with one timer for a whole utterance. */
export class NoAudioWatch {
  readonly #options: NoAudioWatchOptions;
  #lastMs = 0;
  #cancel: (() => void) | undefined;

  /** Watches nothing yet. */
  constructor(options: NoAudioWatchOptions) {
    this.#options = options;
  }

  /** Something came. */
  heard(): void {
    this.#lastMs = this.#options.clock.nowMs();
  }

  /** Begins to watch. */
  start(): void {
    const { clock, limitMs, onNothing } = this.#options;
    // When it falls due, what came meanwhile puts it off.
    this.#cancel = clock.schedule(Math.max(0, this.#lastMs + limitMs - clock.nowMs()), () => {
      if (clock.nowMs() < this.#lastMs + limitMs) return this.start();
      this.#cancel = undefined;
      onNothing();
    });
  }

  /** Watches no more. May be called twice. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
