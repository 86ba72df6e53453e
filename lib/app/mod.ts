/**
 * The composition root: the config schema put together from each stage's block, and everything wired up. The
 * command line sees the rest of the program through this folder.
 *
 * @module
 */
export { billOfMaterials, buildInfo, licenseNotices } from "../executable/mod.ts";
export type { EngineClient } from "../engine/mod.ts";
export {
  KNOWN_SETS,
  type KnownModel,
  knownVoice,
  MODEL_CATALOG,
  type ModelName,
  type ModelStatus,
  ModelStore,
  type PullEvent,
} from "../models/mod.ts";
export {
  type ApprovedDevice,
  authDir,
  type AuthParts,
  type ConnectedDevice,
  DeviceFiles,
  issueToken,
  type PendingDevice,
  rotateTokenKeys,
  TokenKeys,
} from "../server/mod.ts";
export type { MemoryEntry, MemoryFiles } from "../memory/mod.ts";
export { DEFAULT_AGENT, type DeviceSettings, languageWarnings } from "../agents/mod.ts";
export { readDeviceId } from "../protocol/mod.ts";
export { announceGateway, askGateway, type GatewayAnswer } from "./announcement.ts";
export { type AutomationSections, automationWarnings } from "./automation.ts";
export { changeConfig, resetConfig } from "./change_config.ts";
export {
  type CheckSetup,
  type Fault,
  type ServiceCheck,
  serviceChecks,
  type ServiceReport,
  type Verdict,
} from "./check/mod.ts";
export { type Config, configSchema } from "./config.ts";
export { dataDir, modelsDir } from "./data_dir.ts";
export { type Demo, demoConfig, openDemo } from "./demo.ts";
export { Engines, type EnginesOptions } from "./engines.ts";
export { Gateway, type GatewayStats } from "./gateway.ts";
export type { GatewayEngines, GatewayOptions, GatewayParts } from "./gateway_options.ts";
export type { GatewayUrls } from "./gateway_urls.ts";
export {
  type ServiceNeeds,
  serviceNeeds,
  type ServicesConfig,
  type UsedRecognizer,
  type UsedService,
} from "./needs.ts";
export { corruptFiles, eraseMemory, readMemory } from "./memory.ts";
export { pullModels, sherpaModels } from "./models.ts";
export { openGateway, type OpenGatewayOptions } from "./open_gateway.ts";
export {
  composeAgents,
  type ComposeAgentsOptions,
  type ComposedAgents,
  type OpenProviders,
} from "./compose_agents.ts";
export { openRecognizers, type OpenRecognizersOptions } from "./recognizers.ts";
export { openLlms, type OpenSpeakingOptions, openVoices } from "./speaking.ts";
export {
  readRecording,
  type Recording,
  speakRecording,
  transcribeSound,
  type TranscribeSoundOptions,
} from "./recording.ts";
export {
  openTranscriber,
  type Transcriber,
  transcriberNeeds,
  type TranscriberOptions,
} from "./transcriber.ts";
export { readSetup, type Setup, type SetupOptions } from "./setup.ts";
export { type Check, type CheckOptions, type CheckResult, CHECKS } from "./verify/mod.ts";
export { joinTexts } from "../asr/mod.ts";
export { type Chat, openChat } from "./chat.ts";
export { type SaidToDevice, sayToDevice } from "./say_to_device.ts";
export {
  oggOf,
  openSpeaker,
  playedWav,
  type Speaker,
  speakerOf,
  type SpeakText,
  type SpokenText,
  wavOf,
} from "./speak_text.ts";
export { type ListVoices, type ServiceVoices, voiceLists } from "./voices.ts";
export {
  type DataConfig,
  type DataPaths,
  dataSentence,
  isThisMachine,
  whereDataGoes,
} from "./where_data_goes.ts";
export { VERSION } from "./version.ts";
