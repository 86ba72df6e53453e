import { delay } from "@std/async";
import type { AsrResult, Recognizer } from "../asr/mod.ts";
import { AudioBuffer, OpusEncoder } from "../audio/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ } from "../engine/mod.ts";

const FRAME_MS = 60;
const FRAME_SAMPLES = FRAME_MS * ENGINE_SAMPLE_RATE_HZ / 1_000;

/** How sound is given to a recognizer. */
export interface RecognizeSoundOptions {
  /** The language of the speaker (BCP 47). */
  readonly language: string;
  /** Whether each frame waits until it could have been spoken. */
  readonly paced: boolean;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

/**
 * Gives a recognizer sound the way a session does, as one utterance: 16 kHz mono, at most as much as an `AudioBuffer` holds.
 * Rejects with the recognizer's errors.
 */
export async function recognizeSound(
  recognizer: Recognizer,
  sound: Int16Array,
  { language, paced, signal }: RecognizeSoundOptions,
): Promise<AsrResult> {
  const buffer = new AudioBuffer();
  const encoder = recognizer.capabilities.some(({ encodings }) => encodings.includes("opus"))
    ? new OpusEncoder({ sampleRateHz: ENGINE_SAMPLE_RATE_HZ })
    : undefined;
  try {
    const cursor = buffer.cursor("recording");
    const utterance = recognizer.start({ language, cursor }, signal);
    const over = utterance.result.then(() => true, () => true);
    const beganMs = performance.now();
    for (let seq = 0; seq * FRAME_SAMPLES < sound.length; seq++) {
      // The last one is filled up with silence: a packet of Opus has its length.
      const pcm = new Int16Array(FRAME_SAMPLES);
      pcm.set(sound.subarray(seq * FRAME_SAMPLES, (seq + 1) * FRAME_SAMPLES));
      const receivedMs = seq * FRAME_MS;
      buffer.push({
        seq,
        receivedMs,
        durationMs: FRAME_MS,
        opus: encoder?.encode(pcm) ?? new Uint8Array(),
        pcm,
      });
      utterance.pump();
      if (!paced) continue;
      const waitMs = Math.max(0, beganMs + receivedMs + FRAME_MS - performance.now());
      // One that has failed or answered wants no more.
      if (await Promise.race([over, delay(waitMs, { signal }).then(() => false)])) break;
    }
    utterance.finish();
    return await utterance.result;
  } finally {
    buffer.close();
    encoder?.close();
  }
}
