/**
 * The types of MCP servers: a further one is a line here and a file beside this one.
 *
 * @module
 */
import type { ToolServerType } from "../define_tool_server.ts";
import { accessPoint } from "./access_point.ts";
import { homeAssistant } from "./home_assistant.ts";
import { http } from "./http.ts";
import { stdio } from "./stdio.ts";

/** Every type of MCP server. */
export const TOOL_SERVER_TYPES: readonly ToolServerType[] = [http, homeAssistant, stdio, accessPoint];
