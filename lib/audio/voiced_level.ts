import { decibelsOf, meanSquare, SILENCE_DB } from "./decibels.ts";
import { isPeriodic } from "./periodicity.ts";

/** How long a frame is, in ms: a syllable has several of them. */
export const LEVEL_FRAME_MS = 20;
/** Voiced frames are at most so much quieter than the loud ones, in dB, */
const VOICED_RANGE_DB = 20;
/** and never quieter than this, in dB to full scale. */
const QUIETEST_DB = -50;
/** The share of all frames that are the loud ones; at least two, so that a single crack is none. */
const LOUD_SHARE = 0.03;
const LEAST_LOUD_FRAMES = 2;
/** Frames that differ by less than this, in dB, over their loudest nine tenths, are steady, as speech never is for long. */
const STEADY_DB = 5;
/** What is steady is a hum or a tone if so many frames have a pitch, and else noise. */
const PITCHED_SHARE = 1 / 3;

/** How loud the voiced parts of a sound are. */
export interface Voiced {
  /** Their RMS, in dB to full scale. */
  readonly db: number;
  /** How long they are together. */
  readonly durationMs: number;
}

/** How loud the voiced parts of one stretch of sound are. */
export function voicedLevelOf(samples: Float32Array, sampleRateHz: number): Voiced | undefined {
  const level = new VoicedLevel();
  const frameSamples = Math.round(sampleRateHz * LEVEL_FRAME_MS / 1_000);
  for (let at = 0; at + frameSamples <= samples.length; at += frameSamples) {
    level.add(samples.subarray(at, at + frameSamples), sampleRateHz);
  }
  return level.voiced;
}

/**
 * How loud speech is where somebody speaks: pauses and the noise in them do not count. It keeps counts by loudness, so
 * that it takes the same memory for a word as for an hour.
 */
export class VoicedLevel {
  /** Frames, their energy, and how many have a pitch, by whole dB below full scale. */
  readonly #frames = new Uint32Array(-SILENCE_DB + 1);
  readonly #energy = new Float64Array(-SILENCE_DB + 1);
  readonly #pitched = new Uint32Array(-SILENCE_DB + 1);
  #count = 0;

  /** Takes a frame of {@linkcode LEVEL_FRAME_MS}. */
  add(frame: Float32Array, sampleRateHz: number): void {
    const square = meanSquare(frame);
    const bin = binOf(decibelsOf(square));
    this.#count++;
    increase(this.#frames, bin, 1);
    increase(this.#energy, bin, square);
    if (bin <= -QUIETEST_DB && isPeriodic(frame, sampleRateHz)) increase(this.#pitched, bin, 1);
  }

  /** What is known; `undefined` where there was nothing but silence and noise. */
  get voiced(): Voiced | undefined {
    const loudest = this.#binOfRank(Math.max(LEAST_LOUD_FRAMES, this.#count * LOUD_SHARE), -SILENCE_DB);
    if (loudest === undefined) return undefined;
    const quietest = Math.min(-QUIETEST_DB, loudest + VOICED_RANGE_DB);
    let [frames, energy, pitched] = [0, 0, 0];
    for (let bin = 0; bin <= quietest; bin++) {
      frames += this.#frames[bin] ?? 0;
      energy += this.#energy[bin] ?? 0;
      pitched += this.#pitched[bin] ?? 0;
    }
    if (frames < LEAST_LOUD_FRAMES) return undefined;
    const most = this.#binOfRank(frames * 0.9, quietest) ?? quietest;
    const steady = most - loudest < STEADY_DB;
    if (steady && pitched < frames * PITCHED_SHARE) return undefined;
    return { db: decibelsOf(energy / frames), durationMs: frames * LEVEL_FRAME_MS };
  }

  /** The bin of the frame than which `rank` frames are as loud or louder. */
  #binOfRank(rank: number, through: number): number | undefined {
    let above = 0;
    for (let bin = 0; bin <= through; bin++) {
      above += this.#frames[bin] ?? 0;
      if (above >= rank) return bin;
    }
    return undefined;
  }
}

function binOf(db: number): number {
  return Math.min(-SILENCE_DB, Math.max(0, Math.round(-db)));
}

function increase(counts: Uint32Array | Float64Array, bin: number, by: number): void {
  counts[bin] = (counts[bin] ?? 0) + by;
}
