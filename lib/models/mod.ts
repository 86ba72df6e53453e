/**
 * Models: where weights live, how they are fetched, and that they are what they should be.
 *
 * @module
 */
export { isHostAddress, type ModelsConfig, modelsConfig } from "./config.ts";
export type { CustomFile, CustomModel, CustomModels } from "./custom_model.ts";
export type { FileState } from "./file_check.ts";
export {
  kindOfKnown,
  KNOWN_MODELS,
  KNOWN_RECOGNIZERS,
  KNOWN_VOICES,
  type KnownFile,
  type KnownModel,
  type KnownModels,
  type KnownRecognizerKind,
  knownVoice,
  type KnownVoiceKind,
} from "./known/known_models.ts";
export { KNOWN_SETS, type KnownSet } from "./known/known_sets.ts";
export type { PullTiming } from "./known/known_pull.ts";
export { type HostedFile, MODEL_HOSTS, type ModelHost, modelHost } from "./known/model_host.ts";
export {
  type FetchedSpec,
  MODEL_CATALOG,
  type ModelCatalog,
  type ModelFile,
  type ModelName,
  type ModelSource,
  type ModelSpec,
  type ShippedSource,
} from "./model_catalog.ts";
export type { FileStatus, ModelStatus } from "./model_status.ts";
export { type ModelPaths, ModelStore, type ModelStoreOptions } from "./model_store.ts";
export { nearestName } from "./nearest_name.ts";
export { resolveSherpa, sherpaStore } from "./sherpa_store.ts";
export { SHERPA_LIBRARY, type SherpaCatalog, sherpaLibrary } from "./sherpa_library.ts";
export type { NpmContext, PullEvent, PullOptions } from "./pull_event.ts";
