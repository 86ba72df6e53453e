import { EMBEDDED_MAX_CHARS, embeddedVoice } from "../embedded_voice.ts";
import { defineTtsProvider, type TtsProviderType } from "../provider.ts";

const MODEL = "hibari";

/** The embedded voice: Hibari in the engine process. It speaks English. */
export const hibari: TtsProviderType = defineTtsProvider({
  type: "hibari",
  about: "the embedded voice, which speaks English",
  config: {},
  tls: false,
  models: () => [MODEL],
  // What ships is spoken by the voice that it learned from.
  ownSentences: false,
  capabilities: () => ({ languages: ["en"], maxChars: EMBEDDED_MAX_CHARS, textIn: "whole" }),
  open: async (_settings, { store, openEngine }) => {
    const { voice, words, letters } = await store.resolve(MODEL);
    const paths = { voicePath: voice, wordsPath: words, lettersPath: letters };
    return embeddedVoice(await openEngine({ hibari: paths }), "hibari");
  },
});
