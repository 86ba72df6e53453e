import { BAND_ROW_MS, type BandRow, BANDS } from "../../audio/mod.ts";
import { isEcho } from "../answering/echo.ts";
import type { HeardSound } from "../answering/heard_sound.ts";
import { levelOfRow } from "./voice_level.ts";

/** How much later than one device the other may be heard, in ms: their networks differ. */
const MOST_LAG_MS = 1_600;
/** How much of both is compared at most, in rows: 4 s; */
const MOST_ROWS = 200;
/** and at least, of what is no pause for both: 0.4 s, */
const LEAST_ROWS = 20;
/** or this part of what is voice in the one that has less of it: what is short is like anything somewhere. */
const LEAST_SHARE = 0.6;
/** What is so much quieter than the loudest is the noise of the room, in dB, */
const RANGE_DB = 35;
/** and no voice. */
const VOICE_RANGE_DB = 25;

/** Sounds that rise and fall together by so much are one, by less than the other they are two; between the words decide. */
const LIMITS = { same: 0.6, other: 0.45 } as const;
/** The same for less than 1.2 s, which says less. */
const LIMITS_OF_SHORT = { same: 0.8, other: 0.3 } as const;
const SHORT_ROWS = 60;

/** What one device has heard of somebody, as far as it is compared. */
export interface Overheard {
  /** How it sounds; nothing is known of what was not decoded. */
  readonly sound: Pick<HeardSound, "rows" | "fromMs">;
  /** Its words, once they are known. */
  readonly text?: string | undefined;
}

/** How much two sounds rise and fall together. */
export interface Likeness {
  /** -1 to 1. */
  readonly likeness: number;
  /** Of how many rows that is known. */
  readonly rows: number;
}

/** Whether two devices have heard the same; `undefined` where too little is known so far. */
export function isSame(one: Overheard, other: Overheard): boolean | undefined {
  const found = likenessOfSounds(one.sound, other.sound);
  if (found !== undefined) {
    const limits = found.rows < SHORT_ROWS ? LIMITS_OF_SHORT : LIMITS;
    if (found.likeness >= limits.same) return true;
    if (found.likeness < limits.other) return false;
  }
  if (one.text === undefined || other.text === undefined) return undefined;
  return isEcho(one.text, other.text) || isEcho(other.text, one.text);
}

/** How much two sounds are alike, where they are most; `undefined` where there is too little of one. */
export function likenessOfSounds(one: Overheard["sound"], other: Overheard["sound"]): Likeness | undefined {
  if (Math.min(one.rows.length, other.rows.length) < LEAST_ROWS) return undefined;
  const laterRows = Math.round((other.fromMs - one.fromMs) / BAND_ROW_MS);
  const mostLag = MOST_LAG_MS / BAND_ROW_MS;
  // What one heard before the other's sound is known cannot be compared.
  const skipped = Math.max(0, laterRows - mostLag);
  const ours = new Stretch(one.rows.slice(skipped, skipped + MOST_ROWS));
  const theirs = new Stretch(other.rows.slice(0, MOST_ROWS + mostLag));
  const least = Math.max(LEAST_ROWS, LEAST_SHARE * Math.min(ours.voicedRows, theirs.voicedRows));
  let best: Likeness | undefined;
  for (let lag = -mostLag; lag <= mostLag; lag++) {
    // Row `index` of ours is row `index + shift` of theirs.
    const found = ours.likenessTo(theirs, skipped - laterRows + lag);
    if (found.rows >= least && found.likeness > (best?.likeness ?? -Infinity)) best = found;
  }
  return best;
}

/** A stretch of sound that is compared. */
class Stretch {
  readonly #rows: readonly BandRow[];
  readonly #voiced: readonly boolean[];
  /** How many rows of it are voice. */
  readonly voicedRows: number;

  constructor(rows: readonly BandRow[]) {
    const levels = rows.map(levelOfRow);
    const loudestDb = levels.reduce((loudest, levelDb) => Math.max(loudest, levelDb), -Infinity);
    this.#rows = rows.map((row) => row.map((levelDb) => Math.max(loudestDb - RANGE_DB, levelDb)));
    this.#voiced = levels.map((levelDb) => levelDb > loudestDb - VOICE_RANGE_DB);
    this.voicedRows = this.#voiced.filter(Boolean).length;
  }

  /** How much it is like another one that began so many rows before it, each band about its own mean. */
  likenessTo(other: Stretch, shift: number): Likeness {
    const from = Math.max(0, -shift);
    const end = Math.min(this.#rows.length, other.#rows.length - shift);
    const sums = new Float64Array(5 * BANDS);
    let rows = 0;
    for (let index = from; index < end; index++) { // no iterator: many thousands of them
      // That both pause says nothing: everybody does before and after what they say.
      if (!this.#voiced[index] && !other.#voiced[index + shift]) continue;
      rows++;
      const [ours, theirs] = [this.#rows[index], other.#rows[index + shift]];
      for (let band = 0; band < BANDS; band++) {
        const [a, b, at] = [ours?.[band] ?? 0, theirs?.[band] ?? 0, 5 * band];
        sums[at] = (sums[at] ?? 0) + a;
        sums[at + 1] = (sums[at + 1] ?? 0) + b;
        sums[at + 2] = (sums[at + 2] ?? 0) + a * a;
        sums[at + 3] = (sums[at + 3] ?? 0) + b * b;
        sums[at + 4] = (sums[at + 4] ?? 0) + a * b;
      }
    }
    let [both, ourSquares, theirSquares] = [0, 0, 0];
    for (let band = 0; band < BANDS; band++) {
      const [a = 0, b = 0, aa = 0, bb = 0, ab = 0] = sums.subarray(5 * band, 5 * band + 5);
      both += ab - a * b / rows;
      ourSquares += aa - a * a / rows;
      theirSquares += bb - b * b / rows;
    }
    const scale = Math.sqrt(ourSquares * theirSquares);
    return { likeness: scale > 0 ? both / scale : -1, rows };
  }
}
