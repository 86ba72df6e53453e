import { decibelsOf, meanSquare } from "../decibels.ts";
import { joinSamples } from "../pcm.ts";

/** How much is held back until it is known what follows, in ms, */
const TAIL_MS = 10;
/** how quiet it is where nothing need follow, in dB to full scale, */
const SILENT_DB = -50;
/** and how long a cut takes, in ms. */
const FADE_MS = 5;

/**
 * Joins pieces of one sample rate without a click. The last 10 ms of a piece are held: a silent end is complete, any other goes
 * on with the next piece, whose first 5 ms lead over from the last sample, or fades out where nothing follows.
 */
export class PieceJoiner {
  readonly #fadeSamples: number;
  readonly #tailSamples: number;
  #tail = new Float32Array(0);
  /** What is still added to what comes, so that it leads over: the whole difference, and after how many samples. */
  #bridge: { readonly difference: number; readonly at: number } | undefined;
  #begins = true;

  /** Creates one before which there is silence. */
  constructor(sampleRateHz: number) {
    this.#tailSamples = Math.ceil(sampleRateHz * TAIL_MS / 1_000);
    this.#fadeSamples = Math.ceil(sampleRateHz * FADE_MS / 1_000);
  }

  /** A piece begins. */
  begin(): void {
    this.#begins = true;
  }

  /** Takes samples of the piece and gives those that are sure to be followed. */
  push(samples: Float32Array): Float32Array {
    if (samples.length === 0) return samples;
    const all = joinSamples(this.#tail, this.#lead(samples));
    const through = Math.max(0, all.length - this.#tailSamples);
    this.#tail = all.slice(through);
    return all.subarray(0, through);
  }

  /** Whether nothing is held, or nothing that can be heard. */
  get isSilent(): boolean {
    return decibelsOf(meanSquare(this.#tail)) < SILENT_DB;
  }

  /** What is held, faded out: silence follows. */
  flush(): Float32Array {
    const rest = this.#tail;
    const from = Math.max(0, rest.length - this.#fadeSamples);
    for (let index = from; index < rest.length; index++) {
      rest[index] = (rest[index] ?? 0) * falling((index - from + 1) / (rest.length - from));
    }
    this.#tail = new Float32Array(0);
    this.#bridge = undefined;
    this.#begins = true;
    return rest;
  }

  /** The same samples, of which the first of a piece go on where the last one ended. */
  #lead(samples: Float32Array): Float32Array {
    if (this.#begins) this.#bridge = { difference: this.#expected() - (samples[0] ?? 0), at: 0 };
    this.#begins = false;
    if (this.#bridge === undefined) return samples;
    const { difference, at } = this.#bridge;
    const led = samples.slice();
    const count = Math.min(led.length, this.#fadeSamples - at);
    for (let index = 0; index < count; index++) {
      led[index] = (led[index] ?? 0) + difference * falling((at + index) / this.#fadeSamples);
    }
    this.#bridge = at + count < this.#fadeSamples ? { difference, at: at + count } : undefined;
    return led;
  }

  /** What would come next if the sound went on in a straight line. */
  #expected(): number {
    const [last = 0, before = last] = [this.#tail.at(-1), this.#tail.at(-2)];
    return Math.min(1, Math.max(-1, 2 * last - before));
  }
}

/** From 1 to 0 along half a cosine. */
function falling(share: number): number {
  return 0.5 + 0.5 * Math.cos(Math.PI * share);
}
