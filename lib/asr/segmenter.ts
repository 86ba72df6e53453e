import { type AudioChunk, LevelMeter } from "../audio/mod.ts";
import { LoudnessLog } from "./loudness_log.ts";

/** The length of the windows whose loudness is compared: shorter than any pause between words. */
const WINDOW_MS = 20;

/** Where a recording may be cut, and when it must be; in ms. */
export interface SegmenterOptions {
  /** No segment but the last is shorter than this. */
  readonly minMs?: number;
  /** No segment is longer than this. */
  readonly maxMs?: number;
  /** A pause as long as this is cut at once; else `maxMs` is waited for. */
  readonly pauseMs?: number;
  /** Samples a second. */
  readonly sampleRateHz?: number;
}

/**
 * Finds where to cut long speech, while it is being heard: in the middle of the first pause after 12 s that
 * is clearly one, else of the longest pause there was when 20 s are full. It keeps loudness, never sound.
 */
export class Segmenter {
  readonly #windowSamples: number;
  readonly #minWindows: number;
  readonly #maxWindows: number;
  readonly #pauseWindows: number;
  #segment = new LoudnessLog();
  #segmentStart = 0;
  readonly #meter: LevelMeter;
  #lastLevel = 0;

  /** Starts at the first sample. */
  constructor(
    { minMs = 12_000, maxMs = 20_000, pauseMs = 400, sampleRateHz = 16_000 }: SegmenterOptions = {},
  ) {
    this.#windowSamples = Math.round(sampleRateHz * WINDOW_MS / 1_000);
    this.#meter = new LevelMeter({ windowSamples: this.#windowSamples });
    this.#minWindows = Math.floor(minMs / WINDOW_MS);
    this.#maxWindows = Math.floor(maxMs / WINDOW_MS);
    this.#pauseWindows = Math.ceil(pauseMs / WINDOW_MS);
  }

  /** Takes the next sound and gives the cuts that became due, in samples from the very beginning. */
  push(pcm: Int16Array): readonly number[] {
    return this.pushLevels(this.#meter.push(pcm));
  }

  /** The same of a chunk; of what nobody has judged it is taken that it is as loud as what came before. */
  pushChunk(
    { pcm, levels, durationMs }: Pick<AudioChunk, "pcm" | "levels" | "durationMs">,
  ): readonly number[] {
    if (pcm !== undefined) return this.push(pcm);
    return this.pushLevels(
      levels ?? new Uint8Array(Math.round(durationMs / WINDOW_MS)).fill(this.#lastLevel),
    );
  }

  /** The same of sound of which only the level of each window is known, see {@linkcode LevelMeter}. */
  pushLevels(levels: Uint8Array): readonly number[] {
    const cuts: number[] = [];
    for (const level of levels) {
      this.#lastLevel = level;
      this.#segment.push(level);
      const window = this.#dueCut();
      if (window === undefined) continue;
      this.#segment = this.#segment.from(window);
      this.#segmentStart += window * this.#windowSamples;
      cuts.push(this.#segmentStart);
    }
    return cuts;
  }

  #dueCut(): number | undefined {
    const { length } = this.#segment;
    const full = length >= this.#maxWindows;
    if (!full && length < this.#minWindows + this.#pauseWindows) return undefined;
    const pause = this.#segment.longestPause(this.#minWindows);
    return full || pause.windows >= this.#pauseWindows ? pause.start + (pause.windows >> 1) : undefined;
  }
}
