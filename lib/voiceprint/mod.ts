/**
 * Who spoke: a service compares the sound of a turn with voices that were registered with it.
 *
 * @module
 */
export { type VoiceprintConfig, voiceprintConfig } from "./config.ts";
export {
  type Identification,
  IDENTIFICATIONS,
  type Speaker,
  type VoiceMatch,
  type VoiceprintProvider,
} from "./contract.ts";
export { type HttpVoiceprintOptions, HttpVoiceprintProvider } from "./http_provider.ts";
export { VoiceprintMetrics } from "./metrics.ts";
export { openVoiceprint } from "./open_voiceprint.ts";
export {
  SpeakerIdentifier,
  type SpeakerIdentifierOptions,
  type Utterance,
  type VoiceprintEvent,
} from "./speaker_identifier.ts";
