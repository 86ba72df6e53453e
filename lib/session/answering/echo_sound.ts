import { BAND_ROW_MS, type BandRow, BANDS } from "../../audio/mod.ts";
import type { HeardSound } from "./heard_sound.ts";
import type { PlayedSound } from "./played_sound.ts";

/** Sound is compared in windows of so many rows: 1 s; */
const WINDOW_ROWS = 50;
/** each begins so many rows after the one before. */
const STEP_ROWS = 10;
/** What is shorter says too little, in rows: 0.4 s. */
const LEAST_ROWS = 20;
/** A window in which both rise and fall together by so much is an echo: one says the same sound of another room, the other
 * hardly ever says another sound. */
const LEAST_LIKENESS = 0.75;
/** Which part of what was heard must be in such windows. */
export const ECHO_SHARE = 0.6;
/** By how much the lag of an echo changes at most, in rows. */
const STEADY_ROWS = 2;
/** How much later than it is sent a device's sound is heard again, in ms: its queue, its speaker, its microphone. */
const LEAST_LAG_MS = -100;
const MOST_LAG_MS = 700;
/** The same where another device hears it, whose network delays it as well. */
const MOST_LAG_OF_ANOTHER_MS = 1_000;
/** What is quieter counts as this loud, in dB: there it is the noise of the room. */
const PLAYED_FLOOR_DB = -60;
const HEARD_FLOOR_DB = -70;
/** What was heard while nobody knows what was played is somebody's if it is at most so much quieter than the loudest, in dB. */
const LOUD_RANGE_DB = 15;

/**
 * Whether what was heard is what was played, by how both rise and fall in six bands: words are of no use there, as an
 * echo is often misheard.
 */
export function isEchoOf(heard: HeardSound, played: PlayedSound): boolean {
  return (echoShareOf(heard, played) ?? 0) >= ECHO_SHARE;
}

/**
 * Which part of what was heard is what was played, 0 to 1; `undefined` where there is too little to tell. With
 * `ofAnother` device, people may speak to this one meanwhile: only what is about as loud as the loudest counts, so that
 * what is said over a longer echo is not lost in it, and all of an echo has to come equally late.
 */
export function echoShareOf(
  { rows, fromMs }: HeardSound,
  played: PlayedSound,
  { ofAnother = false } = {},
): number | undefined {
  if (played.isEmpty || rows.length < LEAST_ROWS) return undefined;
  const heard = rows.map((row) => row.map((db) => Math.max(HEARD_FLOOR_DB, db)));
  // What is played with each row at the least lag; at a lag that is one row longer, what was played a row before.
  const mostLagMs = ofAnother ? MOST_LAG_OF_ANOTHER_MS : MOST_LAG_MS;
  const before = (mostLagMs - LEAST_LAG_MS) / BAND_ROW_MS;
  const source = Array.from(
    { length: rows.length + before },
    (_, index) =>
      played.at(fromMs - mostLagMs + index * BAND_ROW_MS)?.map((db) => Math.max(PLAYED_FLOOR_DB, db)),
  );
  const windows: Window[] = [];
  for (let from = 0; from === 0 || from + LEAST_ROWS <= rows.length; from += STEP_ROWS) {
    // The last one is as long as the others.
    const first = Math.max(0, Math.min(from, rows.length - WINDOW_ROWS));
    const window = heard.slice(first, first + WINDOW_ROWS);
    const likeness = Float64Array.from(
      { length: before + 1 },
      (_, shift) => likenessOf(window, source.slice(first + shift, first + shift + window.length)),
    );
    windows.push({ first, rows: window.length, likeness });
  }
  const near = ofAnother ? steadyShift(windows) : undefined;
  const echoed = new Set<number>();
  const known = new Set<number>();
  for (const { first, rows, likeness } of windows) {
    const shift = bestShift(likeness, near);
    for (let index = first; index < first + rows; index++) {
      if (source[index + shift] === undefined) continue;
      known.add(index);
      if ((likeness[shift] ?? 0) >= LEAST_LIKENESS) echoed.add(index);
    }
  }
  const loudest = Math.max(...rows.map(loudnessOfRow));
  let [echoes, all] = [0, 0];
  for (const [index, row] of rows.entries()) {
    const isLoud = loudnessOfRow(row) > loudest - LOUD_RANGE_DB;
    if (!isLoud && (ofAnother || !known.has(index))) continue;
    all++;
    if (echoed.has(index)) echoes++;
  }
  return all === 0 ? 0 : echoes / all;
}

/** A stretch of what was heard, and how much it is like what was played at each lag. */
interface Window {
  readonly first: number;
  readonly rows: number;
  readonly likeness: Float64Array;
}

/** The lag at which all windows together are most like what was played. */
function steadyShift(windows: readonly Window[]): number {
  const sums = (windows[0]?.likeness ?? []).map((_, shift) =>
    windows.reduce((sum, { likeness }) => sum + Math.max(0, likeness[shift] ?? 0) ** 2, 0)
  );
  return sums.indexOf(Math.max(...sums));
}

/** The lag at which one window is; with `near` about there. */
function bestShift(likeness: Float64Array, near: number | undefined): number {
  let best = near ?? 0;
  for (let shift = 0; shift < likeness.length; shift++) {
    if (near !== undefined && Math.abs(shift - near) > STEADY_ROWS) continue;
    if ((likeness[shift] ?? -1) > (likeness[best] ?? -1)) best = shift;
  }
  return best;
}

/** How much two sounds rise and fall together, -1 to 1, each band about its own mean; -1 where too little is known. */
function likenessOf(heard: readonly BandRow[], played: readonly (BandRow | undefined)[]): number {
  const rows = played.reduce((count, row) => count + (row === undefined ? 0 : 1), 0);
  if (rows < LEAST_ROWS) return -1;
  let [both, heardSquares, playedSquares] = [0, 0, 0];
  for (let band = 0; band < BANDS; band++) {
    let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
    for (let index = 0; index < heard.length; index++) { // no iterator: thousands of them for each word
      const row = played[index];
      if (row === undefined) continue;
      const [a, b] = [heard[index]?.[band] ?? 0, row[band] ?? 0];
      x += a;
      y += b;
      xx += a * a;
      yy += b * b;
      xy += a * b;
    }
    both += xy - x * y / rows;
    heardSquares += xx - x * x / rows;
    playedSquares += yy - y * y / rows;
  }
  const scale = Math.sqrt(heardSquares * playedSquares);
  return scale > 0 ? both / scale : -1;
}

function loudnessOfRow(row: BandRow): number {
  return Math.max(...row);
}
