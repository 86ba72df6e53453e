import type { Engine } from "../../engine/mod.ts";
import { defineTtsProvider, type TtsProviderType, type TtsService } from "../provider.ts";

const MODEL = "flite-slt";
/** What the engine takes in one job. */
const MAX_CHARS = 1_000;

/** The embedded voice: Flite "slt" in the engine process. It speaks English, a sentence at once. */
export const flite: TtsProviderType = defineTtsProvider({
  type: "flite",
  about: "the embedded voice, which speaks English",
  config: {},
  tls: false,
  models: () => [MODEL],
  // What ships is spoken by a voice of this decade.
  ownSentences: false,
  capabilities: () => ({ languages: ["en"], maxChars: MAX_CHARS, textIn: "whole" }),
  open: async (_settings, { store, openEngine }) => {
    const { module } = await store.resolve(MODEL);
    return fliteService(await openEngine({ flite: module }));
  },
});

/** The voice over an engine that has it. */
export function fliteService(engine: Pick<Engine, "speak">): TtsService {
  return {
    speak: async function* ({ text }, signal) {
      const speech = await engine.speak(text, { signal });
      if (speech.pcm.length > 0) yield speech;
    },
  };
}
