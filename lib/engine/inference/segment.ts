import { ENGINE_SAMPLE_RATE_HZ } from "../contract.ts";

/** The longest segment that one call takes, in samples: 20 s. Past that models invent words. */
export const MAX_SEGMENT_SAMPLES = 20 * ENGINE_SAMPLE_RATE_HZ;

/** A segment that nowhere gets louder is silence, of which models make words nobody said. */
const SILENT_PEAK = 8;

/** Whether nothing can be heard in it. */
export function isSilent(pcm: Int16Array): boolean {
  return pcm.every((sample) => Math.abs(sample) <= SILENT_PEAK);
}
