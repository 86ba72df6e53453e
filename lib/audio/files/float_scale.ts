import type { SoundPiece } from "./sound_file.ts";

/** How many samples make a window. */
const WINDOW = 1_024;
/** More of a window than this above a scale says that the scale is another one; single peaks do not. */
const OVER_SHARE = 0.05;
/** What floats of -1 to 1 reach at most, however much too loud they were made. */
const LOUDEST = 8;
/** What integers reach that are written as floats. */
const SCALES = [2 ** 15, 2 ** 23, 2 ** 31];
/** A window whose root mean square is below this does not show its scale. */
const SILENT = 1e-4;
/** Windows that are plainly of -1 to 1, after which nothing is held any more. */
const SURE_WINDOWS = 64;
/** What is held before it is decided, at most; sound that begins with a long silence goes by what there was. */
const MAX_HELD = 2 ** 20;

/**
 * Brings float samples to -1 to 1. Programs also write floats from -32768 to 32767, as their arrays had them. The scale
 * is not announced, so the first sound is held until its samples show it.
 */
export class FloatScale {
  readonly #remark: ((remark: string) => void) | undefined;
  /** Samples that are no whole window yet. */
  readonly #window = new Float32Array(WINDOW);
  #filled = 0;
  #held: SoundPiece[] = [];
  #heldSamples = 0;
  /** Windows of -1 to 1, and windows of nothing but small integers. */
  #sure = 0;
  #integers = 0;
  /** `undefined` until it is known. */
  #scale: number | undefined;

  /** `remark` is called once where the scale is another one. */
  constructor(remark?: (remark: string) => void) {
    this.#remark = remark;
  }

  /** Takes the next sound and gives what can be given by now. */
  push(piece: SoundPiece): readonly SoundPiece[] {
    for (let at = 0; at < piece.samples.length;) {
      const part = piece.samples.subarray(at, at + WINDOW - this.#filled);
      this.#window.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < WINDOW) break;
      this.#measure(this.#window);
      this.#filled = 0;
    }
    this.#held.push(piece);
    this.#heldSamples += piece.samples.length;
    if (this.#scale === undefined && this.#sure < SURE_WINDOWS && this.#heldSamples < MAX_HELD) return [];
    return this.#give();
  }

  /** What is held, at the end. */
  flush(): readonly SoundPiece[] {
    // A short sound has only these few samples.
    if (this.#scale === undefined) this.#measure(this.#window.subarray(0, this.#filled));
    return this.#give();
  }

  #give(): readonly SoundPiece[] {
    if (this.#scale === undefined) this.#use(this.#integers > this.#sure ? SCALES[0] ?? 1 : 1);
    const scale = this.#scale ?? 1;
    const pieces = this.#held;
    this.#held = [];
    this.#heldSamples = 0;
    if (scale === 1) return pieces;
    return pieces.map(({ channels, samples }) => ({
      channels,
      samples: samples.map((value) => value / scale),
    }));
  }

  #measure(window: Float32Array): void {
    if (window.length === 0) return;
    const limit = this.#scale === undefined || this.#scale === 1 ? LOUDEST : this.#scale;
    if (shareAbove(window, limit) > OVER_SHARE) {
      const scale = SCALES.find((scale) => shareAbove(window, scale) <= OVER_SHARE);
      return this.#use(scale ?? SCALES.at(-1) ?? 1);
    }
    if (this.#scale !== undefined) return;
    let energy = 0;
    for (const value of window) energy += value * value;
    if (energy < SILENT ** 2 * window.length) return;
    // What noise there is before the first word looks like this on the scale of integers.
    if (window.every(Number.isInteger)) this.#integers++;
    else if (shareAbove(window, 1) <= OVER_SHARE) this.#sure++;
  }

  #use(scale: number): void {
    if (scale > 1 && (this.#scale ?? 1) === 1) {
      const bits = Math.log2(scale) + 1;
      this.#remark?.(
        `its floats are not from -1 to 1 but on the scale of ${bits} bit integers: they are scaled`,
      );
    }
    this.#scale = scale;
  }
}

function shareAbove(window: Float32Array, limit: number): number {
  let above = 0;
  for (const value of window) if (value > limit || value < -limit) above++;
  return above / window.length;
}
