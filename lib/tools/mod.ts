/**
 * What a language model may call: the contract, what limits and runs the calls of a turn, and where tools come from.
 *
 * @module
 */
export { type ToolsConfig, toolsConfig } from "./config.ts";
export type { JsonObject, Tool, ToolEffect, ToolKind, ToolResult, ToolSource, Track } from "./contract.ts";
export { type VisionConfig, visionConfig } from "./vision_config.ts";
export type { VisionOffer } from "./vision_offer.ts";
