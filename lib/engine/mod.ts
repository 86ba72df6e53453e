/**
 * The engine: voice activity, embedded recognition and embedded voices in a child process of the same executable,
 * so that native code that crashes, hangs or leaks costs one retry and never a call.
 *
 * @module
 */
export {
  type DeviceSound,
  type EmbeddedVoice,
  type Engine,
  ENGINE_SAMPLE_RATE_HZ,
  type EngineRuntime,
  type EngineSound,
  type HearRequest,
  type HearResponse,
  type JobOptions,
  type Recognition,
  type RecognitionStream,
  samplesOf,
  type SoundPacket,
  type SpeakOptions,
  type Speech,
  type StreamingResult,
  type VadRequest,
  type VadResponse,
} from "./contract.ts";
export type { Clock } from "../lifecycle/mod.ts";
export { type EngineConfig, engineConfig, engineLimits } from "./config.ts";
export { EngineClient, type EngineOptions, type EngineStats } from "./engine_client.ts";
export type { EngineState } from "./engine_supervisor.ts";
export { type ClaimedModel, type ExaminedModel, examineModel } from "./sherpa/examine.ts";
export { hasLanguage, spokenLanguage } from "./sherpa/model_languages.ts";
export { wrapTokens } from "./sherpa/token_list.ts";
export { type ClaimedVoice, type ExaminedVoice, examineVoice } from "./sherpa/examine_voice.ts";
export { type TrialOptions, tryModel, tryVoice } from "./sherpa/trial.ts";
export { DERIVED_DIR, readIfThere, type TrialOnce, tryOnce } from "./sherpa/tried.ts";
export { joinTexts } from "./phrases/join_texts.ts";
export { type DetectFrames, LocalHearing } from "./sounds/local_hearing.ts";
export type { LaneStats } from "./job_lane.ts";
export { registerEngineMetrics, type ShownEngineStats } from "./metrics.ts";
export type { ModelPaths } from "./messages.ts";
export {
  type SherpaVoice,
  VOICE_KIND_NAMES,
  VOICE_KINDS,
  type VoiceFiles,
  type VoiceKind,
  type VoicePart,
  type VoiceSettings,
} from "./sherpa_voice.ts";
export {
  isStreaming,
  SHERPA_KIND_NAMES,
  SHERPA_KINDS,
  type SherpaKind,
  type SherpaModel,
} from "./sherpa_model.ts";
