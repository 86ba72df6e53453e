import { assert } from "@std/assert";
import type { SpeechSound, TtsProvider } from "../../lib/tts/mod.ts";

/** What a voice makes of a text that is being written. */
export function spokenBy(
  { speakStream }: TtsProvider,
  parts: AsyncIterable<string>,
  signal: AbortSignal,
): AsyncIterable<SpeechSound> {
  assert(speakStream !== undefined, "it takes text while it is being written");
  return speakStream(parts, { language: "en" }, signal);
}

/** A voice that speaks whatever it is asked as a text that is being written. */
export function streamedVoice(provider: TtsProvider): TtsProvider {
  const parts = async function* (text: string) {
    yield text;
  };
  return { ...provider, speak: ({ text }, signal) => spokenBy(provider, parts(text), signal) };
}
