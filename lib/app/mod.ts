/**
 * The composition root: the config schema put together from each stage's block, and everything wired up.
 *
 * @module
 */
export { type Config, configSchema } from "./config.ts";
export { dataDir, modelsDir } from "./data_dir.ts";
export { HEARING_MODELS, openEngine, type OpenEngineOptions, VOICE_MODEL } from "./engine.ts";
export { Gateway, type GatewayEngine, type GatewayOptions, type GatewayStats } from "./gateway.ts";
