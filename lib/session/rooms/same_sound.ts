import { BAND_ROW_MS, type BandRow } from "../../audio/mod.ts";
import { isEcho } from "../answering/echo.ts";
import { likenessOf } from "../answering/echo_sound.ts";
import type { HeardSound } from "../answering/heard_sound.ts";
import { levelOfRow } from "./voice_level.ts";

/** How much later than one device the other may be heard, in ms: their networks differ. */
const MOST_LAG_MS = 1_600;
/** How much of both is compared at most, in rows: 4 s; */
const MOST_ROWS = 200;
/** and at least: 0.4 s, */
const LEAST_ROWS = 20;
/** or this part of the shorter one, since what is short is like anything somewhere. */
const LEAST_SHARE = 0.6;
/** What is so much quieter than the loudest is the noise of the room, in dB. */
const RANGE_DB = 35;
/** Sounds that rise and fall together by so much are one; */
const SAME = 0.7;
/** by less than that they are two; between both the words decide. */
const OTHER = 0.45;

/** What one device has heard of somebody, as far as it is compared. */
export interface Overheard {
  /** How it sounds; nothing is known of what was not decoded. */
  readonly sound: Pick<HeardSound, "rows" | "fromMs">;
  /** Its words, once they are known. */
  readonly text?: string | undefined;
}

/** Whether two devices have heard the same; `undefined` where too little is known so far. */
export function isSame(one: Overheard, other: Overheard): boolean | undefined {
  const likeness = likenessOfSounds(one.sound, other.sound);
  if (likeness !== undefined && (likeness >= SAME || likeness < OTHER)) return likeness >= SAME;
  if (one.text === undefined || other.text === undefined) return undefined;
  return isEcho(one.text, other.text) || isEcho(other.text, one.text);
}

/** How much two sounds rise and fall together at the best, -1 to 1; `undefined` where there is too little of one. */
export function likenessOfSounds(one: Overheard["sound"], other: Overheard["sound"]): number | undefined {
  if (Math.min(one.rows.length, other.rows.length) < LEAST_ROWS) return undefined;
  const laterRows = Math.round((other.fromMs - one.fromMs) / BAND_ROW_MS);
  const mostLag = MOST_LAG_MS / BAND_ROW_MS;
  // Where the one had already begun when the other's sound is first known, what was before is not compared.
  const skipped = Math.max(0, laterRows - mostLag);
  const [ours, theirs] = [
    above(one.rows.slice(skipped, skipped + MOST_ROWS)),
    above(other.rows.slice(0, MOST_ROWS + mostLag)),
  ];
  const least = Math.max(LEAST_ROWS, LEAST_SHARE * Math.min(ours.length, theirs.length));
  let best: number | undefined;
  for (let lag = -mostLag; lag <= mostLag; lag++) {
    // Row `index` of ours is row `index + shift` of theirs.
    const shift = skipped - laterRows + lag;
    const from = Math.max(0, -shift);
    const end = Math.min(ours.length, theirs.length - shift);
    if (end - from < least) continue;
    const likeness = likenessOf(ours.slice(from, end), theirs.slice(from + shift, end + shift));
    best = Math.max(best ?? -1, likeness);
  }
  return best;
}

function above(rows: readonly BandRow[]): readonly BandRow[] {
  const floorDb = rows.reduce((loudest, row) => Math.max(loudest, levelOfRow(row)), -Infinity) - RANGE_DB;
  return rows.map((row) => row.map((levelDb) => Math.max(floorDb, levelDb)));
}
