import { SILENCE_DB } from "./decibels.ts";

/** Speech is louder than this, in dB to full scale, */
const QUIETEST_SPEECH_DB = -50;
/** and by this louder than the quietest chunk before it, in dB, as noise that goes on is not. */
const RISE_DB = 10;
/** How much sound there must be for its quietest chunk to be the noise floor, in ms. */
const NOISE_KNOWN_MS = 1_000;

/** How loud sound is, in dB to full scale; what was not decoded counts as silence. */
export function loudnessOf(pcm: Int16Array | undefined): number {
  if (pcm === undefined || pcm.length === 0) return SILENCE_DB;
  let energy = 0;
  for (let index = 0; index < pcm.length; index++) energy += (pcm[index] ?? 0) ** 2; // no iterator: for each chunk
  return Math.max(SILENCE_DB, 10 * Math.log10(energy / pcm.length / 32_768 ** 2));
}

/**
 * From which loudness on sound may be speech, in dB to full scale, where there are `durationMs` of it and the quietest
 * chunk had `quietestDb`. A noise may be taken for speech, but hardly speech for silence.
 */
export function leastSpeechDb(durationMs: number, quietestDb: number): number {
  // Where there is little, it may be speech from its first chunk on, with nothing quieter before.
  return Math.max(QUIETEST_SPEECH_DB, durationMs > NOISE_KNOWN_MS ? quietestDb + RISE_DB : SILENCE_DB);
}
