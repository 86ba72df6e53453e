import type { AudioChunk } from "../audio/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ } from "../engine/mod.ts";

/** How many samples the detector takes at once: 32 ms at 16 kHz. */
export const VAD_FRAME_SAMPLES = 512;

/** One frame of the detector, by the chunks that its sound came in. */
export interface VadFrame {
  /** The chunk that holds its first sample. */
  readonly fromSeq: number;
  /** The chunk that holds its last sample. */
  readonly throughSeq: number;
  /** When that chunk came, on the process's clock, in ms. */
  readonly receivedMs: number;
}

/** Says which frames of the detector are complete with chunks of any length, as the engine cuts them. */
export class VadFramer {
  #filled = 0;
  #fromSeq = 0;

  /** How many samples wait for the rest of their frame. */
  get restSamples(): number {
    return this.#filled;
  }

  /** Takes the next chunk and gives the frames that it completed. */
  push({ seq, receivedMs, durationMs }: Pick<AudioChunk, "seq" | "receivedMs" | "durationMs">): VadFrame[] {
    const frames: VadFrame[] = [];
    if (this.#filled === 0) this.#fromSeq = seq;
    this.#filled += durationMs * ENGINE_SAMPLE_RATE_HZ / 1_000;
    while (this.#filled >= VAD_FRAME_SAMPLES) {
      frames.push({ fromSeq: this.#fromSeq, throughSeq: seq, receivedMs });
      this.#filled -= VAD_FRAME_SAMPLES;
      this.#fromSeq = seq;
    }
    return frames;
  }

  /** Forgets the rest that waits. */
  reset(): void {
    this.#filled = 0;
  }
}
