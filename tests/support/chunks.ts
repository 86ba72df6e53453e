import type { AudioChunk } from "../../lib/audio/mod.ts";

const SAMPLES_PER_MS = 16;

/** A decoded chunk of one loudness throughout, around zero as sound is; its Opus packet is made up. */
export function chunkOf(seq: number, level: number, durationMs = 60): AudioChunk {
  const pcm = new Int16Array(durationMs * SAMPLES_PER_MS).map((_, index) => index % 2 === 0 ? level : -level);
  return chunkWith(seq, pcm, durationMs);
}

/** A decoded chunk with this sound. */
export function chunkWith(
  seq: number,
  pcm: Int16Array,
  durationMs = pcm.length / SAMPLES_PER_MS,
): AudioChunk {
  return { seq, receivedMs: seq * durationMs, durationMs, opus: new Uint8Array(40), pcm };
}

/** A recording as chunks of `durationMs`; the last may be shorter. */
export function chunksOf(pcm: Int16Array, durationMs = 60): AudioChunk[] {
  const samples = durationMs * SAMPLES_PER_MS;
  const count = Math.ceil(pcm.length / samples);
  return Array.from(
    { length: count },
    (_, seq) => chunkWith(seq, pcm.subarray(seq * samples, (seq + 1) * samples)),
  );
}
