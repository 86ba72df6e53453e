/**
 * What a language model may call: the contract, what limits and runs the calls of a turn, and where tools come from.
 *
 * @module
 */
export type { JsonObject, Tool, ToolEffect, ToolKind, ToolResult, ToolSource, Track } from "./contract.ts";
export {
  type CachedToolList,
  type CallOutcome,
  type DeviceToolList,
  DeviceTools,
  type DeviceToolsOptions,
  DeviceToolsShared,
  type DeviceVision,
  registerDeviceToolsMetrics,
  type StrayReason,
} from "./device/mod.ts";
