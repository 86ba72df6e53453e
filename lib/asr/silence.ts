import { type AudioChunk, SILENT_OPUS_MS, SILENT_OPUS_PACKET } from "../audio/mod.ts";

const SILENT_PCM = new Int16Array(16 * SILENT_OPUS_MS);

/** Silent chunks that together are a piece for every service, and no more: it may be paid for. */
export const SILENCE: readonly AudioChunk[] = Array.from({ length: 2 }, () => ({
  seq: -1,
  receivedMs: 0,
  durationMs: SILENT_OPUS_MS,
  opus: SILENT_OPUS_PACKET,
  pcm: SILENT_PCM,
}));
