/**
 * What a language model may call: the contract, what limits and runs the calls of a turn, and where tools come from.
 *
 * @module
 */
export type { JsonObject, Tool, ToolEffect, ToolKind, ToolResult, ToolSource, Track } from "./contract.ts";
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
