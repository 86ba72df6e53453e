/**
 * Speech recognition: the contract that each recognizer keeps, what runs them, and their registration.
 *
 * @module
 */
export type { AsrAhead, AsrResult, SentenceEnd } from "./attempt.ts";
export { type AsrConfig, asrConfig, withBuiltIn } from "./config.ts";
export { SCRIPT_CHOICES, type ScriptChoice } from "./chinese_script.ts";
export type {
  AsrCapabilities,
  AsrEncoding,
  AsrEvent,
  AsrOpenOptions,
  AsrProvider,
  AsrStream,
  AsrWord,
  RetainedAudio,
} from "./contract.ts";
export { joinTexts } from "../engine/mod.ts";
export { type ReadText, readTextOf, type ReadTextOptions } from "./heard_text.ts";
export { hearsLanguage } from "./language.ts";
export { languageTag } from "./language_config.ts";
export { type WriteText, writeTextOf } from "./written_text.ts";
export { RecognitionMetrics } from "./metrics.ts";
export { asrTypeOf, capabilitiesOf, openAsrProvider } from "./open_service.ts";
export {
  type AsrContext,
  type AsrProviderDefinition,
  type AsrProviderType,
  type AsrService,
  defineAsrProvider,
} from "./provider.ts";
export { segmentService } from "./segment_service.ts";
export { ASR_PROVIDERS } from "./providers/mod.ts";
export { type Chain, type ChainMember, Recognizer } from "./recognizer.ts";
export { AsrRunner, type AsrRunnerOptions, type RecognitionEvent } from "./runner.ts";
export { SegmentedStream, type SegmentedStreamOptions } from "./segmented_stream.ts";
export { Segmenter, type SegmenterOptions } from "./segmenter.ts";
export { type ServiceKeys, serviceKeys } from "./service_keys.ts";
export { transcribe, type TranscriptSegment } from "./transcribe.ts";
export type { SentenceFacts } from "./wire_stream.ts";
export { Utterance, type UtteranceOptions } from "./utterance.ts";
