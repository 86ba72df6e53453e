/**
 * What a language model may call: the contract, what limits and runs the calls of a turn, and where tools come from.
 *
 * @module
 */
export { toolsConfig } from "./config.ts";
export type { JsonObject, Tool, ToolEffect, ToolKind, ToolResult, ToolSource, Track } from "./contract.ts";
