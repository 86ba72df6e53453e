import { BAND_ROW_MS, type BandRow, BANDS } from "../../audio/mod.ts";
import type { HeardSound } from "../heard_sound.ts";
import type { PlayedSound } from "./played_sound.ts";

/** Sound is compared in windows of so many rows: 1 s; */
const WINDOW_ROWS = 50;
/** each begins so many rows after the one before. */
const STEP_ROWS = 25;
/** What is shorter says too little, in rows: 0.4 s. */
const LEAST_ROWS = 20;
/** A window in which both rise and fall together by so much is an echo: one says the same sound of another room, the other
 * hardly ever says another sound. */
const LEAST_LIKENESS = 0.75;
/** Which part of what was heard must be in such windows. */
const ECHO_SHARE = 0.6;
/** How much later than it is sent a device's sound is heard again, in ms: its queue, its speaker, its microphone. */
const LEAST_LAG_MS = -100;
const MOST_LAG_MS = 700;
/** What is quieter counts as this loud, in dB: there it is the noise of the room. */
const PLAYED_FLOOR_DB = -60;
const HEARD_FLOOR_DB = -70;
/** What was heard while nothing was played is somebody's if it is at most so much quieter than the loudest, in dB. */
const LOUD_RANGE_DB = 15;

/**
 * Whether what was heard is what was played, by how both rise and fall in six bands: words are of no use there, as an
 * echo is often misheard.
 */
export function isEchoOf({ rows, fromMs }: HeardSound, played: PlayedSound): boolean {
  if (played.isEmpty || rows.length < LEAST_ROWS) return false;
  const echoed = new Set<number>();
  const known = new Set<number>();
  for (let from = 0; from === 0 || from + LEAST_ROWS <= rows.length; from += STEP_ROWS) {
    // The last one is as long as the others.
    const first = Math.max(0, Math.min(from, rows.length - WINDOW_ROWS));
    const window = rows.slice(first, first + WINDOW_ROWS);
    const found = likenessOf(window, fromMs + first * BAND_ROW_MS, played);
    for (const index of found.known) {
      known.add(first + index);
      if (found.likeness >= LEAST_LIKENESS) echoed.add(first + index);
    }
  }
  const loudest = Math.max(...rows.map(loudnessOfRow));
  const others = rows.filter((row, index) =>
    !known.has(index) && loudnessOfRow(row) > loudest - LOUD_RANGE_DB
  );
  return echoed.size > 0 && echoed.size >= ECHO_SHARE * (known.size + others.length);
}

/** How alike a window and what was played are at the best lag, and which of its rows were compared. */
function likenessOf(
  window: readonly BandRow[],
  fromMs: number,
  played: PlayedSound,
): { readonly likeness: number; readonly known: readonly number[] } {
  let best: { readonly likeness: number; readonly known: readonly number[] } = { likeness: -1, known: [] };
  for (let lagMs = LEAST_LAG_MS; lagMs <= MOST_LAG_MS; lagMs += BAND_ROW_MS) {
    const pairs = window.flatMap((heard, index) => {
      const row = played.at(fromMs + index * BAND_ROW_MS - lagMs);
      return row === undefined ? [] : [{ heard, row, index }];
    });
    if (pairs.length < LEAST_ROWS) continue;
    const likeness = correlation(pairs);
    if (likeness > best.likeness) best = { likeness, known: pairs.map(({ index }) => index) };
  }
  return best;
}

/** How much two sounds rise and fall together, -1 to 1, each band about its own mean. */
function correlation(pairs: readonly { readonly heard: BandRow; readonly row: BandRow }[]): number {
  let [both, heardSquares, playedSquares] = [0, 0, 0];
  for (let band = 0; band < BANDS; band++) {
    const heard = pairs.map((pair) => Math.max(HEARD_FLOOR_DB, pair.heard[band] ?? HEARD_FLOOR_DB));
    const played = pairs.map((pair) => Math.max(PLAYED_FLOOR_DB, pair.row[band] ?? PLAYED_FLOOR_DB));
    const [heardMean, playedMean] = [heard, played].map(meanOf);
    for (const [index, level] of heard.entries()) {
      const [a, b] = [level - (heardMean ?? 0), (played[index] ?? 0) - (playedMean ?? 0)];
      both += a * b;
      heardSquares += a * a;
      playedSquares += b * b;
    }
  }
  const scale = Math.sqrt(heardSquares * playedSquares);
  return scale === 0 ? 0 : both / scale;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function loudnessOfRow(row: BandRow): number {
  return Math.max(...row);
}
