import { EMBEDDED_MAX_CHARS, embeddedVoice } from "../embedded_voice.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";

const MODEL = "flite-slt";

/** A small embedded voice: Flite "slt" in the engine process. It speaks English, and needs no inference runtime. */
export const flite: TtsProviderType = defineTtsProvider({
  type: "flite",
  about: "a small embedded voice, which speaks English",
  config: {},
  tls: false,
  models: () => [MODEL],
  // What ships is spoken by a voice of this decade.
  ownSentences: false,
  capabilities: () => ({ languages: ["en"], maxChars: EMBEDDED_MAX_CHARS, textIn: "whole" }),
  open: async (_settings, { store, openEngine }) => {
    const { module } = await store.resolve(MODEL);
    return embeddedVoice(await openEngine({ flite: module }), "flite");
  },
});
