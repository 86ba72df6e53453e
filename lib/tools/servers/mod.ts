/**
 * MCP servers of the config as sources of tools: over streamable HTTP, at an access point, or run as commands in a process
 * of their own.
 *
 * @module
 */
export { toolServersConfig } from "./config.ts";
export { registerToolServerMetrics } from "./metrics.ts";
export {
  openToolServers,
  type OpenToolServersOptions,
  toolServerAddress,
  type ToolServers,
  type ToolServersConfig,
} from "./open_tool_servers.ts";
export { ToolProcess, type ToolProcessOptions } from "./process/tool_process.ts";
export { CALL_OUTCOMES, type CallOutcome, type ToolServerStats } from "./tool_server.ts";
export { TOOL_SERVER_TYPES } from "./types/mod.ts";
export type { ToolServerContext, ToolServerType } from "./define_tool_server.ts";
export type { ConnectServer, LinkHandlers, ListedTool, ServerLink } from "./contract.ts";
export type { StdioCommand } from "./process/messages.ts";
