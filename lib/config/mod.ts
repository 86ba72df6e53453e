/**
 * Config: reads YAML against a schema that it is given, and explains every fault where it stands. It knows no
 * section; each stage brings its own.
 *
 * @module
 */
export { checkConfig, loadConfig, type LoadConfigOptions, type LoadedConfig } from "./load_config.ts";
export type { ConfigSchema, SchemaIssue } from "./config_schema.ts";
