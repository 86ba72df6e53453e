import { OpusEncoder } from "../opus_encoder.ts";
import { joinSamples, toPcm16 } from "../pcm.ts";

/** Samples a second of everything that is spoken to a device. */
export const SPEECH_SAMPLE_RATE_HZ = 24_000;

/** The frame durations in which devices can be spoken to, in ms. */
export const SPEECH_FRAME_DURATIONS_MS: readonly number[] = [5, 10, 20, 40, 60, 80, 100, 120];

/** Options of a {@linkcode FramePacker}. */
export interface FramePackerOptions {
  /** One of {@linkcode SPEECH_FRAME_DURATIONS_MS}. */
  readonly frameDurationMs: number;
  readonly bitrateBps: number;
  readonly complexity: number;
}

/** Cuts sound of 24 kHz into frames and encodes them, by one encoder. Close it. */
export class FramePacker {
  readonly #frameSamples: number;
  readonly #encoder: OpusEncoder;
  #complexity: number;
  #pending = new Float32Array(0);

  /** Opens an encoder. */
  constructor({ frameDurationMs, bitrateBps, complexity }: FramePackerOptions) {
    this.#frameSamples = SPEECH_SAMPLE_RATE_HZ * frameDurationMs / 1_000;
    this.#encoder = new OpusEncoder({ sampleRateHz: SPEECH_SAMPLE_RATE_HZ, bitrateBps, complexity });
    this.#complexity = complexity;
  }

  /** Whether the next sample begins a frame. */
  get isAligned(): boolean {
    return this.#pending.length === 0;
  }

  /** How much work a packet is from now on. */
  set complexity(complexity: number) {
    if (complexity !== this.#complexity) this.#encoder.setComplexity(complexity);
    this.#complexity = complexity;
  }

  /** The next packet is the first one of a stream. */
  restart(): void {
    this.#encoder.reset();
  }

  /** Takes samples and gives the packets that are complete. */
  push(samples: Float32Array): Uint8Array<ArrayBuffer>[] {
    const all = joinSamples(this.#pending, samples);
    const packets: Uint8Array<ArrayBuffer>[] = [];
    let at = 0;
    for (; at + this.#frameSamples <= all.length; at += this.#frameSamples) {
      packets.push(this.#encoder.encode(toPcm16(all.subarray(at, at + this.#frameSamples))));
    }
    this.#pending = all.slice(at);
    return packets;
  }

  /** The rest as a packet that ends in silence. */
  pad(): Uint8Array<ArrayBuffer>[] {
    if (this.isAligned) return [];
    return this.push(new Float32Array(this.#frameSamples - this.#pending.length));
  }

  /** Frees the encoder. May be called twice. */
  close(): void {
    this.#encoder.close();
  }
}
