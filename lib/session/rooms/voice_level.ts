import { BAND_ROW_MS, type BandRow, leastSpeechDb } from "../../audio/mod.ts";

/** How long a stretch is whose level is one number, in ms. */
export const STRETCH_MS = BAND_ROW_MS;

/** So many stretches may be louder than any voice, as a click is. */
const CLICK_STRETCHES = 4;
/** Which part of few stretches that is at most. */
const CLICK_SHARE = 0.1;
/** What is at most so much quieter than the loudest of the voice is voice as well, in dB; the rest are pauses. */
const VOICED_RANGE_DB = 15;

/**
 * How loud a voice is, in dB to full scale, by the levels of all stretches of the sound in which it is: the mean of those
 * that are voiced, so that neither pauses nor the length of the sound count. The same sound so much fainter is so much
 * fainter here. `undefined` where there is no voice, by loudness.
 */
export function voiceLevelDb(levels: readonly number[]): number | undefined {
  const sorted = levels.toSorted((a, b) => b - a);
  const loudestDb = sorted[Math.min(CLICK_STRETCHES, Math.floor(sorted.length * CLICK_SHARE))];
  const quietestDb = sorted.at(-1);
  if (loudestDb === undefined || quietestDb === undefined) return undefined;
  if (loudestDb < leastSpeechDb(levels.length * STRETCH_MS, quietestDb)) return undefined;
  let [power, voiced] = [0, 0];
  for (const levelDb of sorted) {
    if (levelDb < loudestDb - VOICED_RANGE_DB) break;
    power += 10 ** (Math.min(levelDb, loudestDb) / 10);
    voiced++;
  }
  return 10 * Math.log10(power / voiced);
}

/** How loud a stretch is whose bands are known, in dB to full scale. */
export function levelOfRow(row: BandRow): number {
  let power = 0;
  for (const levelDb of row) power += 10 ** (levelDb / 10);
  return 10 * Math.log10(power);
}
