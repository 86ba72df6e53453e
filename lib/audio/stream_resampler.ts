import { joinSamples } from "./pcm.ts";
import { convolve, type Filters, filtersFor } from "./resample.ts";

/** Changes the sample rate of mono sound that comes piece by piece, without a seam; it is a few ms late. */
export class StreamResampler {
  /** None where the rates are the same. */
  readonly #filters: Filters | undefined;
  /** Input that later output depends on. */
  #held = new Float32Array(0);
  /** Which input sample the held ones begin with. */
  #start = 0;
  /** Which output sample is the next. Both count from a sample that both rates have. */
  #next = 0;

  /** Both rates are whole numbers of Hz. */
  constructor(fromHz: number, toHz: number) {
    this.#filters = fromHz === toHz ? undefined : filtersFor(fromHz, toHz);
  }

  /** How many input samples are held, whose output is not all there. */
  get heldSamples(): number {
    return this.#held.length;
  }

  /** Takes samples and gives those whose surroundings are known. */
  push(samples: Float32Array): Float32Array {
    if (this.#filters === undefined) return samples;
    const { up, down, reach } = this.#filters;
    this.#held = joinSamples(this.#held, samples);
    const known = this.#start + this.#held.length - reach;
    const through = Math.floor(known * up / down);
    if (through <= this.#next) return new Float32Array(0);
    const piece = this.#give(this.#filters, through);
    // What no later sample depends on is dropped.
    const needed = Math.floor(through * down / up) - reach;
    if (needed > this.#start) {
      this.#held = this.#held.slice(needed - this.#start);
      this.#start = needed;
    }
    const periods = Math.max(0, Math.floor(this.#start / down));
    this.#start -= periods * down;
    this.#next -= periods * up;
    return piece;
  }

  /** The rest; what comes afterward is another sound. */
  flush(): Float32Array {
    if (this.#filters === undefined) return new Float32Array(0);
    const { up, down } = this.#filters;
    const rest = this.#give(this.#filters, Math.ceil((this.#start + this.#held.length) * up / down));
    this.#held = new Float32Array(0);
    this.#start = this.#next = 0;
    return rest;
  }

  #give(filters: Filters, through: number): Float32Array {
    const piece = convolve(this.#held, filters, { from: this.#next, through, start: this.#start });
    this.#next = through;
    return piece;
  }
}
