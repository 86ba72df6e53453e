import { OpusDecoder } from "../../../lib/audio/mod.ts";
import { HZ } from "./hearing.ts";

const FRAME_MS = 60;
const FRAME_SAMPLES = FRAME_MS * HZ / 1_000;

/** What comes out of a device: each packet after the one before, as its queue has it. */
export class Loudspeaker implements Disposable {
  readonly #decoder = new OpusDecoder();
  readonly #frames: { readonly fromMs: number; readonly pcm: Int16Array }[] = [];

  /** A packet came. */
  play(opus: Uint8Array): void {
    const last = this.#frames.at(-1);
    const fromMs = Math.max(performance.now(), (last?.fromMs ?? -Infinity) + FRAME_MS);
    this.#frames.push({ fromMs, pcm: this.#decoder.decode(opus) });
  }

  /** How much it has played or is to play, in ms. */
  get playedMs(): number {
    return this.#frames.length * FRAME_MS;
  }

  /** What sounds for the length of a frame from a time on. */
  frameAt(fromMs: number): Int16Array {
    const samples = new Int16Array(FRAME_SAMPLES);
    for (const { fromMs: playsMs, pcm } of this.#frames) {
      const shift = Math.round((playsMs - fromMs) * HZ / 1_000);
      if (Math.abs(shift) >= FRAME_SAMPLES) continue;
      if (shift >= 0) samples.set(pcm.subarray(0, FRAME_SAMPLES - shift), shift);
      else samples.set(pcm.subarray(-shift), 0);
    }
    return samples;
  }

  [Symbol.dispose](): void {
    this.#decoder.close();
  }
}
