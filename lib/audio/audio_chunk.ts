/**
 * One packet of sound as a device sent it; held by reference everywhere, never copied. What is found in it later is set
 * once, by the buffer that holds it.
 */
export interface AudioChunk {
  /** Position in the session's sound, counted from 0 without gaps; it never starts again. */
  readonly seq: number;
  /** When it came, on the process's clock, in ms. */
  readonly receivedMs: number;
  /** How long it sounds, in ms, read from the Opus packet. */
  readonly durationMs: number;
  /** The Opus packet, undecoded. */
  readonly opus: Uint8Array;
  /** The decoded sound, 16 kHz mono: of a file, or once this process needed it. */
  pcm?: Int16Array;
  /** How loud it is ({@linkcode LevelMeter}), once the engine has heard it and somebody wanted to know. */
  levels?: Uint8Array;
}

/** What a chunk holds in memory, in bytes, without the bookkeeping around it. */
export function payloadBytes(chunk: AudioChunk): number {
  return chunk.opus.byteLength + (chunk.pcm?.byteLength ?? 0);
}
