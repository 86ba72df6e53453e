import type { SpeechEncoders } from "../../audio/mod.ts";
import {
  type OwnSentences,
  type Packets,
  SENTENCE_FRAME_MS,
  type SentenceLanguage,
  shippedSentence,
  type Voice,
} from "../../tts/mod.ts";

/** How a sentence is wanted. */
export interface SentencePacketsOptions {
  readonly language: SentenceLanguage;
  readonly encoders: Pick<SpeechEncoders, "open">;
  /** How long each frame sounds, in ms. */
  readonly frameMs: number;
  /** The agent's voice, and the sentences in it. */
  readonly voice?: Voice | undefined;
  readonly own?: Pick<OwnSentences, "packets"> | undefined;
  readonly signal: AbortSignal;
}

/**
 * The frames of a fixed sentence: in the agent's voice where they are at hand, else as they ship. None where there is no
 * such sentence, or it cannot be had. Never rejects.
 */
export async function sentencePackets(
  text: string,
  { language, encoders, frameMs, voice, own, signal }: SentencePacketsOptions,
): Promise<Packets> {
  const found = voice && await own?.packets({ text, language, frameMs, voice });
  if (found !== undefined) return found;
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
