/**
 * The tools of a device: the other side of its MCP server, which speaks in `mcp` messages.
 *
 * @module
 */
export { DeviceTools, type DeviceToolsOptions, type DeviceVision } from "./device_tools.ts";
export type { StrayReason } from "./device_rpc.ts";
export { type CachedToolList, type CallOutcome, DeviceToolsShared } from "./device_tools_shared.ts";
export type { DeviceToolList } from "./list_device_tools.ts";
export { registerDeviceToolsMetrics } from "./metrics.ts";
