import { type Clock, systemClock } from "../lifecycle/mod.ts";

/** Options of a {@linkcode Microphone}. */
export interface MicrophoneOptions {
  /** How long one frame is, in ms. */
  readonly frameDurationMs: number;
  /** How many times faster than real time it captures; 1 is a real microphone. */
  readonly paceFactor: number;
  /** Takes each frame while the microphone is on: 16 kHz mono. */
  readonly onFrame: (samples: Int16Array) => void;
  readonly clock?: Clock;
}

/** Options of {@linkcode Microphone.speak}. */
export interface SpeakOptions {
  /** Switches the microphone off with the last frame, before any silence is captured. */
  readonly thenOff: boolean;
}

interface Voice {
  readonly samples: Int16Array;
  readonly thenOff: boolean;
  readonly ended: PromiseWithResolvers<number>;
  at: number;
}

const SAMPLES_PER_MS = 16;

/** A device's send queue: a microphone that is further behind takes a new start instead of catching up. */
const MAX_FRAMES_BEHIND = 40;

/**
 * A microphone that captures given speech frame after frame on an absolute schedule, and silence in between; the
 * speech goes on, lost, while it is off.
 */
export class Microphone {
  readonly #options: MicrophoneOptions;
  readonly #clock: Clock;
  readonly #frameSamples: number;
  readonly #periodMs: number;
  #closed = false;
  #on = false;
  #voice: Voice | undefined;
  #originMs = 0;
  #captured = 0;
  #cancelTimer: (() => void) | undefined;

  /** It is off. */
  constructor(options: MicrophoneOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#frameSamples = options.frameDurationMs * SAMPLES_PER_MS;
    this.#periodMs = options.frameDurationMs / options.paceFactor;
  }

  /** Switches it on. */
  on(): void {
    this.#on = true;
    this.#run();
  }

  /** Switches it off. */
  off(): void {
    this.#on = false;
  }

  /**
   * Speaks; resolves with the clock's time when the last frame has been captured or missed, and never when the
   * microphone is closed before. One voice at a time: a second one cuts the first short.
   */
  speak(samples: Int16Array, options: SpeakOptions): Promise<number> {
    const ended = Promise.withResolvers<number>();
    this.#voice = { samples, thenOff: options.thenOff, ended, at: 0 };
    this.#run();
    return ended.promise;
  }

  /** Captures nothing any more, and cancels its timer. */
  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  get #running(): boolean {
    return !this.#closed && (this.#on || this.#voice !== undefined);
  }

  #run(): void {
    if (this.#cancelTimer !== undefined || !this.#running) return;
    this.#originMs = this.#clock.nowMs();
    this.#captured = 0;
    this.#schedule();
  }

  /** A frame is due when its sound has passed, counted from the start: late timers do not add up. */
  get #dueMs(): number {
    return this.#originMs + (this.#captured + 1) * this.#periodMs;
  }

  #schedule(): void {
    const delayMs = Math.max(0, this.#dueMs - this.#clock.nowMs());
    this.#cancelTimer = this.#clock.schedule(delayMs, () => this.#tick());
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#dueMs > MAX_FRAMES_BEHIND * this.#periodMs) {
      this.#originMs = nowMs - this.#periodMs;
      this.#captured = 0;
    }
    while (this.#running && this.#dueMs <= nowMs) {
      this.#captured++;
      this.#capture();
    }
    this.#cancelTimer = undefined;
    if (this.#running) this.#schedule();
  }

  #capture(): void {
    const frame = new Int16Array(this.#frameSamples);
    const voice = this.#voice;
    if (voice !== undefined) {
      frame.set(voice.samples.subarray(voice.at, voice.at + this.#frameSamples));
      voice.at += this.#frameSamples;
    }
    if (this.#on) this.#options.onFrame(frame);
    if (voice === undefined || voice.at < voice.samples.length) return;
    if (voice === this.#voice) this.#voice = undefined;
    if (voice.thenOff) this.#on = false;
    voice.ended.resolve(this.#clock.nowMs());
  }
}
