import type { AudioChunk } from "../audio/mod.ts";

/** How many samples the detector takes at once: 32 ms at 16 kHz. */
export const VAD_FRAME_SAMPLES = 512;

/** One frame for the detector, and the chunks that its sound came in. */
export interface VadFrame {
  /** {@linkcode VAD_FRAME_SAMPLES} samples, 16 kHz mono. */
  readonly pcm: Int16Array;
  /** The chunk that holds its first sample. */
  readonly fromSeq: number;
  /** The chunk that holds its last sample. */
  readonly throughSeq: number;
  /** When that chunk came, on the process's clock, in ms. */
  readonly receivedMs: number;
}

/** Cuts chunks of any length into frames of the detector; the rest of a chunk waits for the next one. */
export class VadFramer {
  #pcm = new Int16Array(VAD_FRAME_SAMPLES);
  #filled = 0;
  #fromSeq = 0;

  /** Takes the next chunk and gives the frames that it completed. */
  push({ seq, receivedMs, pcm }: AudioChunk): readonly VadFrame[] {
    if (pcm === undefined) return [];
    const frames: VadFrame[] = [];
    for (let read = 0; read < pcm.length;) {
      if (this.#filled === 0) this.#fromSeq = seq;
      const part = pcm.subarray(read, read + VAD_FRAME_SAMPLES - this.#filled);
      this.#pcm.set(part, this.#filled);
      this.#filled += part.length;
      read += part.length;
      if (this.#filled < VAD_FRAME_SAMPLES) break;
      frames.push({ pcm: this.#pcm, fromSeq: this.#fromSeq, throughSeq: seq, receivedMs });
      this.#pcm = new Int16Array(VAD_FRAME_SAMPLES);
      this.#filled = 0;
    }
    return frames;
  }

  /** Forgets the rest that waits. */
  reset(): void {
    this.#filled = 0;
  }
}
