/**
 * Config: reads YAML against a schema that it is given, and explains every fault where it stands; changes the file
 * that Earshot itself writes. It knows no section; each stage brings its own.
 *
 * @module
 */
export type { ConfigSchema, SchemaIssue } from "./config_schema.ts";
export {
  changeDataConfig,
  type ConfigPatch,
  configWithout,
  patchedConfig,
  readDataConfig,
} from "./data_config.ts";
export { checkConfig, loadConfig, type LoadConfigOptions, type LoadedConfig } from "./load_config.ts";
