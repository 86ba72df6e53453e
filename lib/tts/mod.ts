/**
 * Voices: the contract, the registered types, and what every one of them needs.
 *
 * @module
 */
export { type TtsConfig, ttsConfig, withBuiltInVoice } from "./config.ts";
export type { SpeechSound, SpeechText, TtsCapabilities, TtsProvider, VoiceInfo } from "./contract.ts";
export { openTtsProvider, ttsTypeOf, voiceCapabilitiesOf } from "./open_service.ts";
export type { TtsContext, TtsProviderType, TtsService } from "./provider.ts";
export { TTS_PROVIDERS } from "./providers/mod.ts";
export {
  FIXED_SENTENCES,
  type FixedSentence,
  type Sentence,
  SENTENCE_LANGUAGES,
  type SentenceLanguage,
  shippedTexts,
} from "./sentences/sentences.ts";
export {
  SENTENCE_FRAME_MS,
  SENTENCE_RATE_HZ,
  sentenceFile,
  shippedSentence,
} from "./sentences/shipped_sentence.ts";
export { type TtsServiceKeys, ttsServiceKeys } from "./service_keys.ts";
