import type { SpeechEncoders } from "../../audio/mod.ts";
import { SENTENCE_FRAME_MS, type SentenceLanguage, shippedSentence } from "../../tts/mod.ts";

/** How a sentence is wanted. */
export interface SentencePacketsOptions {
  readonly language: SentenceLanguage;
  readonly encoders: Pick<SpeechEncoders, "open">;
  /** How long each frame sounds, in ms. */
  readonly frameMs: number;
  readonly signal: AbortSignal;
}

/** The frames of a sentence that ships; none where there is no such sentence, or it cannot be had. Never rejects. */
export async function sentencePackets(
  text: string,
  { language, encoders, frameMs, signal }: SentencePacketsOptions,
): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  try {
    const packets = await shippedSentence(text, language) ?? [];
    if (packets.length === 0 || frameMs === SENTENCE_FRAME_MS) return packets;
    const encoder = encoders.open({ frameDurationMs: frameMs, signal });
    try {
      return [...await encoder.transcode(packets), ...await encoder.finish()];
    } finally {
      encoder.close();
    }
  } catch {
    return []; // then it is shown alone
  }
}
