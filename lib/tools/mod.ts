/**
 * What a language model may call: the contract, what limits and runs the calls of a turn, and where tools come from.
 *
 * @module
 */
export type { JsonObject, Tool, ToolEffect, ToolKind, ToolResult, ToolSource, Track } from "./contract.ts";
export { ToolMetrics } from "./metrics.ts";
export { matchesTool } from "./tool_pattern.ts";
export {
  type CallableTool,
  callableTools,
  DEFAULT_TOOLS,
  MOST_OFFERED,
  Toolbox,
  type ToolboxOptions,
  type ToolRights,
  type TurnRights,
} from "./toolbox.ts";
export {
  type CallStatus,
  type PendingCall,
  type ToolEvent,
  type ToolOutcome,
  type ToolStep,
  TurnTools,
  type TurnToolsOptions,
} from "./turn_tools.ts";
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
