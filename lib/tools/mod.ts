/**
 * What a language model may call: the contract, what limits and runs the calls of a turn, and where tools come from.
 *
 * @module
 */
export { type ToolsConfig, toolsConfig } from "./config.ts";
export type { JsonObject, Tool, ToolEffect, ToolKind, ToolResult, ToolSource, Track } from "./contract.ts";
export { matchesTool } from "./matches_tool.ts";
export {
  CALL_OUTCOMES,
  type CallOutcome,
  type ConnectServer,
  type LinkHandlers,
  type ListedTool,
  openToolServers,
  type OpenToolServersOptions,
  registerToolServerMetrics,
  type ServerLink,
  type StdioCommand,
  TOOL_SERVER_TYPES,
  ToolProcess,
  type ToolProcessOptions,
  toolServerAddress,
  type ToolServerContext,
  type ToolServers,
  type ToolServersConfig,
  type ToolServerStats,
  type ToolServerType,
} from "./servers/mod.ts";
