import { QUIETEST_LEVEL_DB } from "../audio/mod.ts";

/** The share of loudest windows that is the voice itself, and of quietest windows that is the noise behind it. */
const VOICE_SHARE = 0.1;
const NOISE_SHARE = 0.1;

/** How far below the voice a pause lies: at most this, in dB, however quiet the room is, */
const QUIET_BELOW_VOICE_DB = 25;
/** and this part of the way to the noise where the room is loud. */
const QUIET_RATIO = 0.6;

/** A stretch of windows. */
export interface Pause {
  /** The first window. */
  readonly start: number;
  /** How many windows; 0 when there is no pause and `start` is the quietest window instead. */
  readonly windows: number;
}

/** The loudness of each window of a segment, and what counts as a pause among them. */
export class LoudnessLog {
  /** In dB below full scale, so a greater number is quieter. */
  readonly #levels: number[] = [];
  readonly #histogram = new Uint16Array(QUIETEST_LEVEL_DB + 1);

  /** How many windows there are. */
  get length(): number {
    return this.#levels.length;
  }

  /** Adds a window by its level, see {@linkcode LevelMeter}. */
  push(level: number): void {
    this.#levels.push(level);
    this.#histogram[level] = (this.#histogram[level] ?? 0) + 1;
  }

  /** The windows from `start` on, as a log of their own. */
  from(start: number): LoudnessLog {
    const rest = new LoudnessLog();
    for (const level of this.#levels.slice(start)) rest.push(level);
    return rest;
  }

  /** The longest stretch of quiet windows that lies behind `from`, or the quietest window. */
  longestPause(from: number): Pause {
    const limit = this.#quietLimit();
    let longest: Pause = { start: this.#quietest(from), windows: 0 };
    let start = from;
    for (let index = from; index <= this.#levels.length; index++) {
      if ((this.#levels[index] ?? 0) >= limit) continue;
      if (index - start > longest.windows) longest = { start, windows: index - start };
      start = index + 1;
    }
    return longest;
  }

  #quietest(from: number): number {
    let quietest = from;
    for (let index = from; index < this.#levels.length; index++) {
      if ((this.#levels[index] ?? 0) > (this.#levels[quietest] ?? 0)) quietest = index;
    }
    return quietest;
  }

  /** From which level on a window is quiet: between the voice and the noise behind it, nearer to the noise. */
  #quietLimit(): number {
    const voice = this.#percentile(VOICE_SHARE);
    const noise = this.#percentile(1 - NOISE_SHARE);
    return Math.max(voice + 1, voice + Math.min(QUIET_BELOW_VOICE_DB, QUIET_RATIO * (noise - voice)));
  }

  /** The level that `share` of the windows reach, counted from the loudest. */
  #percentile(share: number): number {
    let rest = share * this.#levels.length;
    for (const [level, count] of this.#histogram.entries()) {
      rest -= count;
      if (rest <= 0) return level;
    }
    return QUIETEST_LEVEL_DB;
  }
}
