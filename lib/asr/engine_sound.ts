import { type AudioChunk, joinPcm } from "../audio/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ, type EngineSound } from "../engine/mod.ts";

/** How many samples a chunk has, 16 kHz. */
export function samplesOfChunk({ durationMs, pcm }: AudioChunk): number {
  return pcm?.length ?? durationMs * ENGINE_SAMPLE_RATE_HZ / 1_000;
}

/** Which part of some chunks is meant, in samples. Default: all. */
export interface SoundPart {
  readonly skipSamples?: number;
  readonly samples?: number;
}

/** Chunks as the engine takes them: samples where all have them, as those of a file, else the packets. */
export function engineSoundOf(
  source: object,
  chunks: readonly AudioChunk[],
  part: SoundPart = {},
): EngineSound {
  const sounds = chunks.flatMap(({ pcm }) => pcm ?? []);
  if (sounds.length < chunks.length) return { source, packets: chunks, ...part };
  const { skipSamples = 0, samples = Infinity } = part;
  return joinPcm(sounds).subarray(skipSamples, skipSamples + samples);
}
