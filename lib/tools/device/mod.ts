/**
 * The tools of a device: the other side of its MCP server, which speaks in `mcp` messages.
 *
 * @module
 */
export { DeviceTools, type DeviceToolsOptions, type DeviceVision } from "./device_tools.ts";
export { DeviceToolsShared } from "./device_tools_shared.ts";
export { registerDeviceToolsMetrics } from "./metrics.ts";
