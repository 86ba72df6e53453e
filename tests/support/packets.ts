import { type AudioChunk, OpusDecoder, OpusEncoder } from "../../lib/audio/mod.ts";

const SAMPLES_PER_MS = 16;

/** A recording, 16 kHz mono, as a device sends it: Opus packets that nobody has decoded; the last is filled up. */
export function packetChunks(pcm: Int16Array, durationMs: 20 | 40 | 60 = 60): readonly AudioChunk[] {
  const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
  const samples = durationMs * SAMPLES_PER_MS;
  const chunks = Array.from({ length: Math.ceil(pcm.length / samples) }, (_, seq) => {
    const frame = new Int16Array(samples);
    frame.set(pcm.subarray(seq * samples, (seq + 1) * samples));
    return { seq, receivedMs: seq * durationMs, durationMs, opus: encoder.encode(frame) };
  });
  encoder.close();
  return chunks;
}

/** The sound of packets, each decoded once, in order. */
export function decodedPackets(packets: readonly { readonly opus: Uint8Array }[]): readonly Int16Array[] {
  const decoder = new OpusDecoder();
  const decoded = packets.map(({ opus }) => decoder.decode(opus));
  decoder.close();
  return decoded;
}
