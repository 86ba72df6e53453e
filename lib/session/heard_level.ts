import { loudnessOf } from "../audio/mod.ts";

/** Which share of a turn's sound is no louder than its level: pauses, and the ends of words. */
const SHARE = 0.8;

/** How loud somebody speaks. */
export class HeardLevel {
  readonly #levelsDb: number[] = [];

  /** Takes the next sound; what was not decoded says nothing. */
  push(pcm: Int16Array | undefined): void {
    if (pcm !== undefined && pcm.length > 0) this.#levelsDb.push(loudnessOf(pcm));
  }

  /** In dB to full scale; `undefined` where nothing was decoded. */
  get db(): number | undefined {
    return this.#levelsDb.toSorted((a, b) => a - b)[Math.floor(this.#levelsDb.length * SHARE)];
  }
}
