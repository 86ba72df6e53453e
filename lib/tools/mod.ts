/**
 * What a language model may call: the contract, what limits and runs the calls of a turn, and where tools come from.
 *
 * @module
 */
export { type ToolsConfig, toolsConfig } from "./config.ts";
export type { JsonObject, Tool, ToolEffect, ToolKind, ToolResult, ToolSource, Track } from "./contract.ts";
export { listTools, type ShownTool, tryTool } from "./listed_tools.ts";
export { ToolMetrics } from "./metrics.ts";
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
  type CallOutcome as DeviceCallOutcome,
  type DeviceToolList,
  DeviceTools,
  type DeviceToolsOptions,
  DeviceToolsShared,
  registerDeviceToolsMetrics,
  type StrayReason,
} from "./device/mod.ts";
export { BUILTIN_SOURCE, builtinSource } from "./builtin/builtin_source.ts";
export { registerBuiltinToolMetrics } from "./builtin/metrics.ts";
export { type MusicConfig, musicConfig } from "./builtin/music/config.ts";
export type { MusicFolderStats } from "./builtin/music/music_folder.ts";
export { type MusicSource, musicSource } from "./builtin/music/music_source.ts";
export { openPromptContext, type PromptContext } from "./builtin/context/prompt_context.ts";
export { type PromptContextConfig, promptContextConfig } from "./builtin/context/config.ts";
export {
  type RequestConfig,
  requestConfig,
  type RequestsConfig,
  requestsConfig,
} from "./builtin/requests/config.ts";
export {
  openRequests,
  type RequestOutcome,
  type RequestsSource,
  type RequestsStats,
} from "./builtin/requests/requests_source.ts";
export { htmlText } from "./html_text.ts";
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
export { type VisionConfig, visionConfig } from "./vision_config.ts";
export type { VisionOffer } from "./vision_offer.ts";
