/**
 * The composition root: the config schema put together from each stage's block, and everything wired up. The
 * command line sees the rest of the program through this folder.
 *
 * @module
 */
export { billOfMaterials, buildInfo, licenseNotices } from "../executable/mod.ts";
export type { EngineClient } from "../engine/mod.ts";
export {
  type KnownModel,
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
  loadTransport,
  type PendingDevice,
  readTls,
  rotateTokenKeys,
  type TlsCertificate,
  TokenKeys,
} from "../server/mod.ts";
export { readDeviceId } from "../protocol/mod.ts";
export { announceGateway, askGateway, type GatewayAnswer } from "./announcement.ts";
export { openGatewayAuth, type OpenGatewayAuthOptions } from "./auth.ts";
export {
  type Fault,
  type ServiceCheck,
  serviceChecks,
  type ServiceReport,
  type Verdict,
} from "./check/mod.ts";
export { type Config, configSchema } from "./config.ts";
export { dataDir, modelsDir } from "./data_dir.ts";
export { isEmbedded, openEmbedded, openService } from "../asr/mod.ts";
export {
  HEARING_MODELS,
  hearingModels,
  openEngine,
  type OpenEngineOptions,
  pullModels,
  VOICE_MODEL,
} from "./engine.ts";
export { Gateway, type GatewayStats } from "./gateway.ts";
export type { GatewayEngine, GatewayOptions } from "./gateway_options.ts";
export type { GatewayUrls } from "./gateway_urls.ts";
export { type HearingPlan, planHearing } from "./hearing_plan.ts";
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
  type TranscriberOptions,
  transcriberPlan,
} from "./transcriber.ts";
export { openMemory, type OpenMemoryOptions } from "./memory.ts";
export { readSetup, type Setup, type SetupOptions } from "./setup.ts";
export { type Check, type CheckOptions, type CheckResult, CHECKS } from "./verify/mod.ts";
export { readMqttKey } from "./mqtt_key.ts";
export { joinTexts } from "../asr/mod.ts";
export { openVoiceprint } from "../voiceprint/mod.ts";
export { VERSION } from "./version.ts";
