import { type SpeechClip, speechClips } from "../../support/speech.ts";

const HZ = 16_000;
const WINDOW_SAMPLES = HZ / 50;
/** Windows at most so much quieter than the loudest are voiced, in dB. */
const RANGE_DB = 30;

/** The clip without what follows its last word. */
export function upToLastWord({ pcm }: SpeechClip): Int16Array {
  const levels = Array.from({ length: Math.floor(pcm.length / WINDOW_SAMPLES) }, (_, index) => {
    const window = pcm.subarray(index * WINDOW_SAMPLES, (index + 1) * WINDOW_SAMPLES);
    return 10 * Math.log10(window.reduce((sum, sample) => sum + sample ** 2, 1) / window.length);
  });
  const loudest = Math.max(...levels);
  const last = levels.findLastIndex((level) => level > loudest - RANGE_DB);
  return pcm.subarray(0, (last + 1) * WINDOW_SAMPLES);
}

/** Questions of one breath, up to their last words. */
export function questions(): readonly Int16Array[] {
  const clips = speechClips().filter(({ pcm }) => pcm.length > 1.4 * HZ && pcm.length < 3.3 * HZ);
  if (clips.length === 0) throw new Error("Cannot measure: there is no speech");
  return clips.map(upToLastWord);
}
