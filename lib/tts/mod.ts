/**
 * Voices: the contract, the registered types, and what every one of them needs.
 *
 * @module
 */
export { type TtsConfig, ttsConfig, type TtsLimits, ttsLimits, withBuiltInVoice } from "./config.ts";
export { cleanText, isSpeakable } from "./text/clean_text.ts";
export type { SpeechSound, SpeechText, TtsCapabilities, TtsProvider, VoiceInfo } from "./contract.ts";
export { speaksLanguage } from "./language.ts";
export { SpeechMetrics } from "./metrics.ts";
export { openTtsProvider, ttsTypeOf, voiceCapabilitiesOf } from "./open_service.ts";
export {
  defineTtsProvider,
  type TtsContext,
  type TtsProviderDefinition,
  type TtsProviderType,
  type TtsService,
} from "./provider.ts";
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
export {
  type SpeakOptions,
  type SpeechEvent,
  type StreamedText,
  TtsRunner,
  type TtsRunnerOptions,
  type VoiceStats,
} from "./runner.ts";
export { type TtsServiceKeys, ttsServiceKeys } from "./service_keys.ts";
export { soundOfBody, type SoundOfBodyOptions } from "./body/sound_of_body.ts";
export { soundPrint } from "./sound_print.ts";
export { registerSpeechCacheMetrics } from "./speech_cache/metrics.ts";
export {
  type OwnSentence,
  OwnSentences,
  type OwnSentencesOptions,
  type OwnSentencesStats,
} from "./speech_cache/own_sentences.ts";
export type { PacketFilesOptions, PacketFilesStats } from "./speech_cache/packet_files.ts";
export type { Packets, SpeechKey } from "./speech_cache/packets.ts";
export {
  type CachedKind,
  type Lookups,
  SpeechCache,
  type SpeechCacheOptions,
  type SpeechCacheStats,
} from "./speech_cache/speech_cache.ts";
export { splitText } from "./text/split_text.ts";
export type { VoicedSound } from "./sound_of_voice.ts";
export { Voice, type VoicePiece, type WrittenPiece } from "./voice.ts";
export { WrittenText } from "./written_text.ts";
