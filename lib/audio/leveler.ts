import { gainOf } from "./decibels.ts";
import { joinSamples } from "./pcm.ts";
import { LEVEL_FRAME_MS, type Voiced, VoicedLevel } from "./voiced_level.ts";

/** How loud the voiced parts of every piece leave, in dB to full scale. */
export const SPEECH_LEVEL_DB: number = -18;
/** The most by which a piece is raised or lowered, in dB. */
const MOST_GAIN_DB = 24;
/** How much voiced sound tells how loud a piece is, in ms; */
const SURE_MS = 600;
/** how much has to do where a voice is new and its sound is still to come, */
const ENOUGH_MS = 400;
/** People begin louder than they go on: the first sound says so much too much, in dB, */
const BEGINNING_DB = 2;
/** and nothing after so much voiced sound, in ms. */
const BEGINNING_MS = 2_000;
/** for how long that is waited for, in ms, */
const LONGEST_HOLD_MS = 1_500;
/** and how much is held before the voice sets in, so that the gain can change there unheard, in ms. */
const ONSET_MS = 100;
/** How much voiced sound shows that a voice is louder than it was, in ms, */
const CHANGED_MS = 200;
/** where it is by so much, in dB. */
const CHANGED_DB = 3;
/** How fast the gain changes within a piece, in dB a second: as a speaker who turns his head. */
const SLOPE_DB_PER_S = 4;
/** How fast it goes down where a quiet beginning was taken for the voice, */
const RESCUE_DB_PER_S = 150;
/** which is where it is too high by so much. */
const TOO_LOUD_DB = 6;

/** Options of a {@linkcode Leveler}. */
export interface LevelerOptions {
  /** How loud earlier pieces of the voice were; `undefined` for a new voice. */
  readonly known?: Voiced | undefined;
  /** How loud the part of the piece is that is there already, if that is known. */
  readonly atHand?: Voiced | undefined;
}

/**
 * Brings one piece of speech to {@linkcode SPEECH_LEVEL_DB}, so that every voice of every service is as loud. A piece of
 * a known voice begins with the gain of the voice, unless what is there of it says otherwise; a new voice is held back
 * until enough of it is there. Then the gain only follows slowly. Silence and noise are never raised for their own sake.
 * Peaks may leave beyond full scale: a `PeakLimiter` comes after it.
 */
export class Leveler {
  readonly #known: Voiced | undefined;
  readonly #atHand: Voiced | undefined;
  readonly #level = new VoicedLevel();
  #sampleRateHz = 0;
  /** Less than a frame. */
  #pending = new Float32Array(0);
  /** Frames whose gain is not settled. */
  #held: Float32Array[] = [];
  /** What the gain was settled by; `undefined` until then. */
  #settled: Voiced | undefined;
  /** The gain of what left last, in dB; `undefined` before. */
  #gainDb: number | undefined;
  /** Whether the gain comes down from far too high. */
  #isRescued = false;
  /** Whether the next frame is from before the voice sets in, where the gain may change at once. */
  #atOnset = false;

  /** Begins a piece. */
  constructor({ known, atHand }: LevelerOptions = {}) {
    this.#known = known;
    this.#atHand = atHand;
  }

  /** What is known of this piece so far. */
  get voiced(): Voiced | undefined {
    return this.#level.voiced;
  }

  /** Takes sound of any length and gives what is settled. The rate may change after {@linkcode end}. */
  push(samples: Float32Array, sampleRateHz: number): Float32Array {
    this.#sampleRateHz = sampleRateHz;
    const all = joinSamples(this.#pending, samples);
    const frameSamples = Math.round(sampleRateHz * LEVEL_FRAME_MS / 1_000);
    const frames = [];
    let at = 0;
    for (; at + frameSamples <= all.length; at += frameSamples) {
      const frame = all.subarray(at, at + frameSamples);
      this.#level.add(frame, sampleRateHz);
      frames.push(frame);
    }
    this.#pending = all.slice(at);
    return joined(this.#take(frames));
  }

  /** The rest of the piece, or of what it has of one rate. */
  end(): Float32Array {
    const { voiced } = this.#level;
    const isEnough = voiced !== undefined && voiced.durationMs >= CHANGED_MS;
    this.#settled ??= (isEnough ? voiced : this.#evidence()) ?? voiced;
    const rest = this.#give([...this.#held, this.#pending].filter(({ length }) => length > 0));
    this.#held = [];
    this.#pending = new Float32Array(0);
    return joined(rest);
  }

  #take(frames: readonly Float32Array[]): readonly Float32Array[] {
    if (this.#settled !== undefined) return this.#give(frames);
    this.#held.push(...frames);
    this.#settled = this.#settle();
    if (this.#settled !== undefined) {
      this.#atOnset = true;
      return this.#give(this.#held.splice(0));
    }
    const mayWait = this.#known === undefined && this.#gainDb === undefined;
    const isVoiced = this.#level.voiced !== undefined;
    if (isVoiced || mayWait && this.#held.length * LEVEL_FRAME_MS < LONGEST_HOLD_MS) return [];
    // Nobody speaks yet.
    return this.#give(this.#held.splice(0, Math.max(0, this.#held.length - ONSET_MS / LEVEL_FRAME_MS)));
  }

  /** How loud the piece counts as from now on; `undefined` where it is to be held. */
  #settle(): Voiced | undefined {
    const { voiced } = this.#level;
    if (voiced === undefined) return undefined;
    return this.#evidence() ?? (this.#held.length * LEVEL_FRAME_MS >= LONGEST_HOLD_MS ? voiced : undefined);
  }

  /** What is there of the piece, and what is known of the voice, where that tells enough. */
  #evidence(): Voiced | undefined {
    const known = this.#known;
    const [begun, atHand] = [this.#begun(), this.#atHand];
    if (atHand !== undefined && atHand.durationMs >= CHANGED_MS) {
      const share = known === undefined ? 1 : Math.min(1, atHand.durationMs / SURE_MS);
      return { ...atHand, db: mixed(atHand.db, known?.db ?? atHand.db, share) };
    }
    if (known === undefined) {
      const isEnough = begun !== undefined && begun.durationMs >= ENOUGH_MS;
      return isEnough ? begun : undefined;
    }
    // Only upward: a beginning is often quiet.
    const isChanged = begun !== undefined && begun.durationMs >= CHANGED_MS &&
      begun.db > known.db + CHANGED_DB;
    return isChanged ? begun : known;
  }

  /** How loud the piece is, by what is known of it now. */
  #levelDb(): number | undefined {
    const begun = this.#begun();
    if (this.#settled === undefined || begun === undefined) return (this.#settled ?? this.#known)?.db;
    const { db, durationMs } = this.#settled;
    const isSure = begun.durationMs >= Math.max(SURE_MS, durationMs);
    const isMistaken = this.#atHand === undefined && begun.db > db + TOO_LOUD_DB;
    return isSure || isMistaken ? begun.db : db;
  }

  /** How loud the piece will be, by its beginning. */
  #begun(): Voiced | undefined {
    const { voiced } = this.#level;
    if (voiced === undefined) return undefined;
    const share = Math.max(0, 1 - voiced.durationMs / BEGINNING_MS);
    return { ...voiced, db: voiced.db - BEGINNING_DB * share };
  }

  /** Applies the gain, which changes along a straight line within each frame. */
  #give(frames: readonly Float32Array[]): readonly Float32Array[] {
    if (frames.length === 0) return [];
    const levelDb = this.#levelDb();
    const wantedDb = levelDb === undefined ? 0 : gainDbFor(levelDb);
    return frames.map((frame) => {
      const fromDb = this.#gainDb ?? wantedDb;
      const toDb = this.#atOnset ? wantedDb : this.#next(fromDb, wantedDb, frame.length / this.#sampleRateHz);
      this.#gainDb = toDb;
      this.#atOnset = false;
      return amplified(frame, gainOf(fromDb), gainOf(toDb));
    });
  }

  #next(fromDb: number, wantedDb: number, seconds: number): number {
    const excessDb = fromDb - wantedDb;
    this.#isRescued = excessDb > (this.#isRescued ? 1 : TOO_LOUD_DB);
    const step = (this.#isRescued ? RESCUE_DB_PER_S : SLOPE_DB_PER_S) * seconds;
    return fromDb + Math.min(step, Math.max(-step, -excessDb));
  }
}

function mixed(one: number, other: number, shareOfOne: number): number {
  return one * shareOfOne + other * (1 - shareOfOne);
}

function gainDbFor(levelDb: number): number {
  return Math.min(MOST_GAIN_DB, Math.max(-MOST_GAIN_DB, SPEECH_LEVEL_DB - levelDb));
}

function amplified(samples: Float32Array, from: number, to: number): Float32Array {
  const slope = (to - from) / samples.length;
  const output = new Float32Array(samples.length);
  for (let index = 0; index < output.length; index++) {
    output[index] = (samples[index] ?? 0) * (from + slope * index);
  }
  return output;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
