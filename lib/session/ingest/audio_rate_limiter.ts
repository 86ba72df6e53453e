import { opusPacketDurationMs } from "../../audio/mod.ts";
import type { FrameVersion } from "../../protocol/mod.ts";

/** Where the Opus packet begins in a frame. */
const PAYLOAD_AT: Readonly<Record<FrameVersion, number>> = { 1: 0, 2: 16, 3: 4, gateway: 16 };

/** What a frame is counted as at least: no device sends shorter ones, and each costs its handling. */
const SHORTEST_MS = 5;
/** What a frame is counted as that does not say how long it sounds. */
const UNKNOWN_MS = 60;

/**
 * How far behind a device can fall: who goes on sending too fast is not heard at all, rather than in pieces, and who
 * falls back to real time is heard again after this long at the latest.
 */
const DEBT_MS = 2_000;

/** Options of a {@linkcode AudioRateLimiter}. */
export interface AudioRateLimiterOptions {
  /** How the device frames its packets. */
  readonly frameVersion: FrameVersion;
  /** How much sound may come at once, in ms. */
  readonly audioBurstMs: number;
  /** How many times faster than real time sound may come for longer than that. */
  readonly maxAudioRate: number;
}

/**
 * How fast a device may send sound. A network may hold sound back and then deliver it at once, so a burst is welcome;
 * what comes faster than sound is spoken for longer than that is no speech, and is known before any work is done.
 */
export class AudioRateLimiter {
  #payloadAt: number;
  readonly #audioBurstMs: number;
  readonly #maxAudioRate: number;
  #roomMs: number;
  #filledMs: number | undefined;
  #refusedMs = 0;

  /** All of the burst is there at first. */
  constructor({ frameVersion, audioBurstMs, maxAudioRate }: AudioRateLimiterOptions) {
    this.#payloadAt = PAYLOAD_AT[frameVersion];
    this.#audioBurstMs = audioBurstMs;
    this.#maxAudioRate = maxAudioRate;
    this.#roomMs = audioBurstMs;
  }

  /** The device frames its packets in another way than announced. */
  set frameVersion(version: FrameVersion) {
    this.#payloadAt = PAYLOAD_AT[version];
  }

  /** Whether a frame that comes now is within the rate. */
  admit(frame: Uint8Array, nowMs: number): boolean {
    const passedMs = nowMs - (this.#filledMs ?? nowMs);
    this.#filledMs = nowMs;
    this.#roomMs = Math.min(this.#audioBurstMs, this.#roomMs + passedMs * this.#maxAudioRate);
    const fits = this.#roomMs > 0;
    const costMs = Math.max(this.durationMs(frame), SHORTEST_MS);
    this.#roomMs = Math.max(this.#roomMs - costMs, -DEBT_MS);
    this.#refusedMs = fits ? 0 : this.#refusedMs + costMs;
    return fits;
  }

  /** How long the sound of a frame is, as far as it says so, in ms. */
  durationMs(frame: Uint8Array): number {
    return opusPacketDurationMs(frame, this.#payloadAt) ?? UNKNOWN_MS;
  }

  /** Whether as much as a whole burst was refused in a row: this is no network that catches up. */
  get hopeless(): boolean {
    return this.#refusedMs > this.#audioBurstMs;
  }
}
