import type { EmbeddedVoice, Engine } from "../engine/mod.ts";
import type { TtsService } from "./provider.ts";

/** What the engine takes in one job, in characters. */
export const EMBEDDED_MAX_CHARS = 1_000;

/** A voice of an engine that has it; it speaks a sentence at once. */
export function embeddedVoice(engine: Pick<Engine, "speak">, voice: EmbeddedVoice): TtsService {
  return {
    speak: async function* ({ text }, signal) {
      const speech = await engine.speak(text, { voice, signal });
      if (speech.pcm.length > 0) yield speech;
    },
  };
}
