import { SILENCE_DB } from "./decibels.ts";

/** How long a stretch of sound is whose levels are one row, in ms. */
export const BAND_ROW_MS = 20;
/** The samples a second that it takes, in Hz. */
const RATE_HZ = 16_000;
const ROW_SAMPLES = RATE_HZ * BAND_ROW_MS / 1_000;
/** Where the bands begin and end, in Hz: those in which speech has most of its energy. */
const EDGES_HZ = [250, 450, 800, 1_400, 2_400, 4_000, 7_000] as const;
/** How many bands there are. */
export const BANDS: number = EDGES_HZ.length - 1;

/** Levels of one stretch in dB to full scale, lowest band first. */
export type BandRow = Float32Array;

/** How loud sound of 16 kHz is, band by band, in stretches of {@linkcode BAND_ROW_MS}. */
export class BandLevels {
  readonly #filters = Array.from({ length: BANDS }, (_, band) => new BandPass(band));
  readonly #energy = new Float64Array(BANDS);
  #filled = 0;

  /** Takes the next samples and gives the rows that they complete. */
  push(pcm: Int16Array): readonly BandRow[] {
    const rows: BandRow[] = [];
    for (let from = 0; from < pcm.length;) {
      const end = Math.min(pcm.length, from + ROW_SAMPLES - this.#filled);
      for (const [band, filter] of this.#filters.entries()) {
        this.#energy[band] = (this.#energy[band] ?? 0) + filter.energyOf(pcm, from, end);
      }
      this.#filled += end - from;
      from = end;
      if (this.#filled === ROW_SAMPLES) rows.push(this.#takeRow());
    }
    return rows;
  }

  #takeRow(): BandRow {
    const row = Float32Array.from(
      this.#energy,
      (energy) => Math.max(SILENCE_DB, 10 * Math.log10(energy / ROW_SAMPLES / 32_768 ** 2)),
    );
    this.#energy.fill(0);
    this.#filled = 0;
    return row;
  }
}

/** A Butterworth band pass of the first order, by the bilinear transform. */
class BandPass {
  readonly #gain: number;
  readonly #a1: number;
  readonly #a2: number;
  #x1 = 0;
  #x2 = 0;
  #y1 = 0;
  #y2 = 0;

  constructor(band: number) {
    const [low, high] = [EDGES_HZ[band] ?? 0, EDGES_HZ[band + 1] ?? 0]
      .map((edgeHz) => Math.tan(Math.PI * edgeHz / RATE_HZ));
    const width = (high ?? 0) - (low ?? 0);
    const center = (high ?? 0) * (low ?? 0);
    const norm = 1 + width + center;
    this.#gain = width / norm;
    this.#a1 = 2 * (center - 1) / norm;
    this.#a2 = (1 - width + center) / norm;
  }

  energyOf(pcm: Int16Array, from: number, end: number): number {
    let energy = 0;
    for (let index = from; index < end; index++) { // no iterator: for each sample
      const x = pcm[index] ?? 0;
      const y = this.#gain * (x - this.#x2) - this.#a1 * this.#y1 - this.#a2 * this.#y2;
      this.#x2 = this.#x1;
      this.#x1 = x;
      this.#y2 = this.#y1;
      this.#y1 = y;
      energy += y * y;
    }
    return energy;
  }
}
