/** Frame sizes by configuration number, in ms: SILK, hybrid, CELT (RFC 6716, table 2). */
const SILK_MS = [10, 20, 40, 60] as const;
const HYBRID_MS = [10, 20] as const;
const CELT_MS = [2.5, 5, 10, 20] as const;
/** No packet may sound for longer than this (RFC 6716, section 3.4, R5). */
const MAX_PACKET_MS = 120;
/** The largest packet that need be taken, in bytes (RFC 7845, section 6); a page of Ogg holds little more. */
export const MAX_OPUS_PACKET_BYTES = 61_440;

/**
 * How long an Opus packet sounds, in ms, read from its first bytes (RFC 6716, section 3.1); `undefined` when
 * that is not possible. DTX packets of one byte are valid. The packet begins at byte `at`.
 */
export function opusPacketDurationMs(packet: Uint8Array, at = 0): number | undefined {
  const toc = packet[at];
  const second = packet[at + 1];
  if (toc === undefined) return undefined;
  const frames = frameCount(toc, second);
  if (frames === undefined || frames === 0) return undefined;
  const durationMs = frames * frameMs(toc >> 3);
  return durationMs <= MAX_PACKET_MS ? durationMs : undefined;
}

/** How a packet was made: which coder, bandwidth, frame duration and channels, as one number. */
export function opusPacketMake(packet: Uint8Array): number {
  return (packet[0] ?? 0) >> 2;
}

/** Whether the coder for speech (SILK) made a packet, and nothing was added to fill it up: only code 3 can be. */
export function isUnpaddedSpeech(packet: Uint8Array): boolean {
  const toc = packet[0] ?? 0;
  return toc >> 3 < 12 && (toc & 3) !== 3;
}

/**
 * Whether the encoder has found voice in a packet, told by its first frame without decoding it: the speech coder (SILK)
 * writes that in its first bits (RFC 6716, section 4.2.3). `undefined` where nobody can tell: the other one (CELT) does not.
 */
export function opusHasVoice(packet: Uint8Array): boolean | undefined {
  const toc = packet[0] ?? 0;
  const config = toc >> 3;
  const code = toc & 3;
  // A frame's size stands before it in code 2; what comes before it in code 3 may be long.
  const at = code < 2 ? 1 : code === 2 ? (packet[1] ?? 0) >= 252 ? 3 : 2 : undefined;
  if (isSilentOpusPacket(packet)) return false;
  if (config >= 16 || at === undefined) return undefined;
  const flags = Math.max(1, Math.floor(frameMs(config) / 20));
  return (packet[at] ?? 0) >> (8 - flags) > 0;
}

function frameMs(config: number): number {
  if (config < 12) return SILK_MS[config % 4] ?? 0;
  if (config < 16) return HYBRID_MS[config % 2] ?? 0;
  return CELT_MS[config % 4] ?? 0;
}

/** Code 0 is one frame, 1 and 2 are two, 3 says the count in its second byte. */
function frameCount(toc: number, second: number | undefined): number | undefined {
  const code = toc & 3;
  if (code === 3) return second === undefined ? undefined : second & 0x3f;
  return code === 0 ? 1 : 2;
}

/** How long {@linkcode SILENT_OPUS_PACKET} sounds, in ms. */
export const SILENT_OPUS_MS = 60;

/** Encoded silence (SILK, 16 kHz, mono), to keep a connection to a service alive. */
export const SILENT_OPUS_PACKET: Uint8Array = Uint8Array.of(
  ...[88, 1, 242, 92, 137, 254, 111, 24, 209, 190, 183, 163, 190, 148, 239, 94, 117, 246, 113, 10, 87],
);

/** The longest packet that encodes silence (DTX), in bytes. */
const MAX_SILENT_BYTES = 3;

/** Whether a packet is silence by its size alone; a lost one counts as well. */
export function isSilentOpusPacket(packet: Uint8Array): boolean {
  return packet.length <= MAX_SILENT_BYTES;
}

/** A packet in which nothing was sent (RFC 6716, section 3.2.1): its decoder conceals that time. */
export function lostOpusPacket(durationMs: number): Uint8Array {
  const size = SILK_MS.findLastIndex((ms) => ms <= durationMs);
  return Uint8Array.of((8 + Math.max(0, size)) << 3);
}
