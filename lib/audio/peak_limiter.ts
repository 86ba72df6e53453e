import { joinSamples } from "./pcm.ts";

/** How long a block is whose peak is known before it sounds, in ms. */
const BLOCK_MS = 5;
/** How fast sound comes back to its own level after a peak: a factor on each block, 50 dB a second. */
const RELEASE = 10 ** (0.25 / 20);

/** Options of a {@linkcode PeakLimiter}. */
export interface PeakLimiterOptions {
  readonly sampleRateHz: number;
  /** The largest sample that leaves, of 1. */
  readonly ceiling: number;
}

/** A block with its own gain, and the gain at its beginning. */
interface Block {
  readonly samples: Float32Array;
  readonly gain: number;
  readonly startGain: number;
}

/**
 * Keeps peaks below a ceiling without distortion: the gain goes down along a straight line before a peak, as the next
 * block is known, and comes back slowly. What is below the ceiling passes unchanged, one to two blocks late.
 */
export class PeakLimiter {
  readonly #blockSamples: number;
  readonly #ceiling: number;
  #pending = new Float32Array(0);
  #block: Block | undefined;

  /** Creates one through which nothing has passed. */
  constructor({ sampleRateHz, ceiling }: PeakLimiterOptions) {
    this.#blockSamples = Math.round(sampleRateHz * BLOCK_MS / 1_000);
    this.#ceiling = ceiling;
  }

  /** Takes samples and gives those before whose peaks nothing can come any more. */
  push(samples: Float32Array): Float32Array {
    const all = joinSamples(this.#pending, samples);
    const blocks = Math.floor(all.length / this.#blockSamples);
    const through = blocks * this.#blockSamples;
    const given = this.#block === undefined ? Math.max(0, blocks - 1) : blocks;
    const output = new Float32Array(given * this.#blockSamples);
    let at = 0;
    for (let from = 0; from < through; from += this.#blockSamples) {
      at += this.#next(all.subarray(from, from + this.#blockSamples), output.subarray(at));
    }
    this.#pending = all.slice(through);
    return output;
  }

  /** The rest; what comes afterward is another sound. */
  flush(): Float32Array {
    const { length } = this.#pending;
    const rest = new Float32Array((this.#block?.samples.length ?? 0) + length);
    const at = this.#next(this.#pending, rest);
    this.#next(new Float32Array(0), rest.subarray(at));
    this.#pending = new Float32Array(0);
    this.#block = undefined;
    return rest;
  }

  /** Takes a block, and writes the one before it, whose gain is known now; gives how many samples that were. */
  #next(samples: Float32Array, output: Float32Array): number {
    const gain = Math.min(1, this.#ceiling / peakOf(samples));
    const before = this.#block;
    const endGain = before === undefined ? gain : Math.min(before.gain, gain, before.startGain * RELEASE);
    this.#block = { samples: samples.slice(), gain, startGain: endGain };
    if (before === undefined) return 0;
    const { length } = before.samples;
    const slope = (endGain - before.startGain) / length;
    for (let index = 0; index < length; index++) {
      output[index] = (before.samples[index] ?? 0) * (before.startGain + slope * index);
    }
    return length;
  }
}

function peakOf(samples: Float32Array): number {
  let peak = 0;
  for (let index = 0; index < samples.length; index++) peak = Math.max(peak, Math.abs(samples[index] ?? 0));
  return peak;
}
