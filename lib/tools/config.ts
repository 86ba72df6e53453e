import { z } from "zod";
import { musicConfig } from "./builtin/music/config.ts";
import { requestsConfig } from "./builtin/requests/config.ts";
import { toolServersConfig } from "./servers/mod.ts";
import { visionConfig } from "./vision_config.ts";

/** Which tools are meant; see `matchesTool`. */
const toolPattern = z.string().regex(
  /^[^\s.]+(\.\S+)?$/,
  "give SOURCE or SOURCE.TOOL, with * for any run of characters, such as home.unlock*",
);

/** The `tools` section of the config: what a language model may call. */
export const toolsConfig = z.strictObject({
  open: z.boolean().default(false).describe(
    "whether devices that are not approved may have MCP servers, Home Assistant, memory and vision used",
  ),
  destructive: z.array(toolPattern).max(256).default([]).describe(
    "tools that ask back by voice before they act, besides those that say so themselves: SOURCE.TOOL, * for any characters",
  ),
  vision: visionConfig.optional()
    .describe("what looks at the photos of devices that have a camera; without it none is asked for"),
  music: musicConfig.optional(),
  requests: requestsConfig.prefault({}),
  servers: toolServersConfig.prefault({}).describe("MCP servers by name, shared by all devices"),
});

/** The checked `tools` section. */
export type ToolsConfig = z.output<typeof toolsConfig>;
