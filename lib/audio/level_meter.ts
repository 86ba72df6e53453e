/** The length of a window, in samples: 20 ms at 16 kHz, shorter than any pause between words. */
const WINDOW_SAMPLES = 320;

/** The quietest level that is told apart, in dB below full scale; digital silence counts as this. */
export const QUIETEST_LEVEL_DB = 100;

/** Options of a {@linkcode LevelMeter}. */
export interface LevelMeterOptions {
  /** How many samples a window has. Default 320. */
  readonly windowSamples?: number;
}

/** How loud sound is, window by window: it keeps sums, never samples. */
export class LevelMeter {
  readonly #windowSamples: number;
  #sum = 0;
  #energy = 0;
  #filled = 0;

  /** Starts with an empty window. */
  constructor({ windowSamples = WINDOW_SAMPLES }: LevelMeterOptions = {}) {
    this.#windowSamples = windowSamples;
  }

  /** Takes the next sound and gives the level of each window that is full, in dB below full scale, 0 to 100. */
  push(pcm: Int16Array): Uint8Array {
    const levels = new Uint8Array(Math.floor((this.#filled + pcm.length) / this.#windowSamples));
    let window = 0;
    for (let index = 0; index < pcm.length; index++) { // no iterator: for each sample of each device
      const sample = pcm[index] ?? 0;
      this.#sum += sample;
      this.#energy += sample * sample;
      if (++this.#filled < this.#windowSamples) continue;
      levels[window++] = this.#level();
      this.#sum = this.#energy = this.#filled = 0;
    }
    return levels;
  }

  /** Without the sound's offset, beside which no pause is quiet. */
  #level(): number {
    const meanSquare = this.#energy / this.#filled - (this.#sum / this.#filled) ** 2;
    return Math.min(QUIETEST_LEVEL_DB, Math.round(10 * Math.log10(32_768 ** 2 / (meanSquare + 0.1))));
  }
}
