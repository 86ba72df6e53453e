import type { Clock } from "../../lifecycle/mod.ts";

/** For how long a device has been listened to without anybody speaking: only such time counts. */
export class NoSpeechTimer {
  readonly #clock: Clock;
  #sinceMs: number | undefined;
  #countedMs = 0;

  /** Counts nothing yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long it has been so far, in ms. */
  get waitedMs(): number {
    return this.#countedMs + (this.#sinceMs === undefined ? 0 : this.#clock.nowMs() - this.#sinceMs);
  }

  /** Whether it counts now. */
  get counting(): boolean {
    return this.#sinceMs !== undefined;
  }

  /** Somebody has spoken, or wants to be listened to: begins at nothing. */
  restart(): void {
    this.#countedMs = 0;
    this.#sinceMs = this.#clock.nowMs();
  }

  /** Somebody may be speaking, or is answered: what is counted so far stays. */
  pause(): void {
    this.#countedMs = this.waitedMs;
    this.#sinceMs = undefined;
  }

  /** It was nobody. */
  resume(): void {
    this.#sinceMs ??= this.#clock.nowMs();
  }

  /** Nobody is listened to. */
  stop(): void {
    this.#countedMs = 0;
    this.#sinceMs = undefined;
  }
}
