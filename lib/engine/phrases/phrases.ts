import { ENGINE_SAMPLE_RATE_HZ } from "../contract.ts";

/** The length of the windows whose loudness is compared, in samples: 20 ms. */
const WINDOW_SAMPLES = ENGINE_SAMPLE_RATE_HZ / 50;
/** Windows with nothing in between that are quiet for so long part phrases: 500 ms. */
const PAUSE_WINDOWS = 25;
/** What is shorter is a click or a breath: 300 ms. */
const SHORTEST_WINDOWS = 15;
/** How much louder than the quietest windows sound is, in dB. */
const RISE_DB = 10;
/** Nothing can be heard below it, in dB to full scale. */
const FAINTEST_DB = -70;
/** Which share of the windows is taken for the room's own noise. */
const QUIET_SHARE = 0.1;

/** Sound between two pauses, in samples: from `start` up to `end`, which is not part of it. */
export interface Phrase {
  /** Its first sample. */
  readonly start: number;
  /** The sample after its last. */
  readonly end: number;
  /** How loud it is, in dB to full scale. */
  readonly levelDb: number;
}

/** The phrases of a recording, 16 kHz mono, by loudness alone. */
export function phrasesOf(pcm: Int16Array): readonly Phrase[] {
  const powers = powersOf(pcm);
  const sorted = powers.toSorted();
  const quietDb = decibels(sorted[Math.floor(sorted.length * QUIET_SHARE)] ?? 0);
  const leastDb = Math.max(quietDb + RISE_DB, FAINTEST_DB);
  const phrases: Phrase[] = [];
  let from = -1;
  let last = -1;
  let loud = 0;
  let power = 0;
  const end = () => {
    if (loud >= SHORTEST_WINDOWS) {
      const [start, stop] = [from * WINDOW_SAMPLES, Math.min((last + 1) * WINDOW_SAMPLES, pcm.length)];
      phrases.push({ start, end: stop, levelDb: decibels(power / loud) });
    }
    from = -1;
    loud = power = 0;
  };
  for (const [window, windowPower] of powers.entries()) {
    if (decibels(windowPower) < leastDb) continue;
    if (from >= 0 && window - last > PAUSE_WINDOWS) end();
    if (from < 0) from = window;
    last = window;
    loud++;
    power += windowPower;
  }
  if (from >= 0) end();
  return phrases;
}

function powersOf(pcm: Int16Array): Float64Array {
  const powers = new Float64Array(Math.ceil(pcm.length / WINDOW_SAMPLES));
  for (const window of powers.keys()) {
    const samples = pcm.subarray(window * WINDOW_SAMPLES, (window + 1) * WINDOW_SAMPLES);
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    powers[window] = sum / samples.length;
  }
  return powers;
}

function decibels(power: number): number {
  return 10 * Math.log10(Math.max(power, 1e-3) / 32_768 ** 2);
}
