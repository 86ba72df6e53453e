import { isMusicOpusPacket } from "../opus_framing.ts";

/** Silence of the coder for speech (SILK, 16 kHz), by its duration in ms: what libopus begins with. */
const SPEECH_SILENCE: ReadonlyMap<number, readonly number[]> = new Map([
  [20, [72, 11, 228, 193, 34, 35, 97, 240]],
  [40, [80, 5, 242, 96, 145, 17, 92, 15, 199, 75, 255, 45, 124, 172]],
  [60, [
    ...[88, 2, 249, 48, 72, 136, 177, 227, 227, 164, 8, 136, 223, 92, 7, 173, 187, 80, 104, 178, 128],
  ]],
]);
/** Frames of 20 ms by the coder for music (CELT, 12 kHz wide), all of one size. */
const MUSIC_RUN = 27 << 3 | 3;
/** One of them that is silent. */
const MUSIC_SILENCE = [255, 254];
const MUSIC_FRAME_MS = 20;

/** Whether there is a {@linkcode decoderReset} of that duration. */
export function hasDecoderReset(durationMs: number): boolean {
  return SPEECH_SILENCE.has(durationMs);
}

/**
 * A packet of silence after which a decoder takes `next` as if nothing had come before, although another encoder made what
 * did: a coder begins anew where the other one was at work before it (RFC 6716, section 4.5.2), and a decoder leads over
 * between the two. Without it what one encoder left in the decoder meets the predictions of the next one, which is heard
 * as a bang. `undefined` for durations other than 20, 40 and 60 ms.
 */
export function decoderReset(next: Uint8Array, durationMs: number): Uint8Array<ArrayBuffer> | undefined {
  const speech = SPEECH_SILENCE.get(durationMs);
  if (speech === undefined) return undefined;
  if (isMusicOpusPacket(next)) return Uint8Array.from(speech);
  const frames = durationMs / MUSIC_FRAME_MS;
  return Uint8Array.of(MUSIC_RUN, frames, ...Array.from({ length: frames }, () => MUSIC_SILENCE).flat());
}
