import { ENGINE_SAMPLE_RATE_HZ } from "../contract.ts";

/** The longest segment that one call takes, in samples: 20 s. Past that models invent words. */
export const MAX_SEGMENT_SAMPLES = 20 * ENGINE_SAMPLE_RATE_HZ;

/** A segment that nowhere gets louder is silence, in which models find words that were not said. */
const SILENT_PEAK = 8;

/** Whether it is silence. */
export function isSilent(pcm: Int16Array): boolean {
  return pcm.every((sample) => Math.abs(sample) <= SILENT_PEAK);
}
