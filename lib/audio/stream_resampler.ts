import { type Resampler, resampler } from "./resample.ts";

/** Sound on either side that a sample depends on, in ms; more than the filter reaches at any rate in use. */
const CONTEXT_MS = 20;

/** Changes the sample rate of mono sound that comes piece by piece, without a seam; it is 20 ms late. */
export class StreamResampler {
  readonly #convert: Resampler;
  readonly #context: number;
  readonly #ratio: number;
  /** What was not given yet, after one context of what was. */
  #held: Float32Array;

  /** Both rates must be whole multiples of 50 Hz. */
  constructor(fromHz: number, toHz: number) {
    this.#convert = resampler(fromHz, toHz);
    this.#context = fromHz * CONTEXT_MS / 1_000;
    this.#ratio = toHz / fromHz;
    this.#held = new Float32Array(this.#context);
  }

  /** Takes samples and gives those whose surroundings are known. */
  push(samples: Float32Array): Float32Array {
    this.#held = joined(this.#held, samples);
    // Whole contexts only, so that every piece begins at a sample that both rates have.
    const ready = Math.floor((this.#held.length - 2 * this.#context) / this.#context) * this.#context;
    if (ready <= 0) return new Float32Array(0);
    const through = this.#context + ready;
    const piece = this.#convert(this.#held.subarray(0, through + this.#context), {
      from: Math.trunc(this.#context * this.#ratio),
      through: Math.trunc(through * this.#ratio),
    });
    this.#held = this.#held.slice(ready);
    return piece;
  }

  /** The rest. */
  flush(): Float32Array {
    const rest = this.#held.length - this.#context;
    const padded = joined(this.#held, new Float32Array(this.#context));
    this.#held = new Float32Array(this.#context);
    return this.#convert(padded, {
      from: Math.trunc(this.#context * this.#ratio),
      through: Math.ceil((this.#context + rest) * this.#ratio),
    });
  }
}

function joined(left: Float32Array, right: Float32Array): Float32Array {
  const both = new Float32Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}
