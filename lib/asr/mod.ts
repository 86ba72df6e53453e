/**
 * Speech recognition: the contract that each recognizer keeps, what runs them, and the embedded one.
 *
 * @module
 */
export { MoonshineAdapter } from "./adapters/moonshine.ts";
export { type AsrConfig, asrConfig } from "./config.ts";
export type { ScriptChoice } from "./chinese_script.ts";
export type {
  AsrAdapter,
  AsrCapabilities,
  AsrEncoding,
  AsrEvent,
  AsrOpenOptions,
  AsrStream,
  AsrWord,
  RetainedAudio,
} from "./contract.ts";
export { type ReadText, readTextOf, type ReadTextOptions } from "./heard_text.ts";
export { joinTexts } from "./join_texts.ts";
export { requireLanguage } from "./language.ts";
export { RecognizerMetrics } from "./metrics.ts";
export { isEmbedded, openEmbedded, openService } from "./providers.ts";
export {
  Recognizer,
  type RecognizerEvent,
  type RecognizerOptions,
  type RecognizerStats,
} from "./recognizer.ts";
export { SegmentedStream, type SegmentedStreamOptions } from "./segmented_stream.ts";
export { Segmenter, type SegmenterOptions } from "./segmenter.ts";
export { transcribe, type TranscriptSegment } from "./transcribe.ts";
export type { AsrResult, SentenceEnd } from "./attempt.ts";
export { Utterance, type UtteranceOptions, type UtteranceRunner } from "./utterance.ts";
export type { SentenceFacts } from "./wire_stream.ts";
