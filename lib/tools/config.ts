import { z } from "zod";
import { visionConfig } from "./vision_config.ts";

/** The `tools` section of the config. */
export const toolsConfig = z.strictObject({
  open: z.boolean().default(false)
    .describe(
      "whether devices that nobody has approved may use what is for approved ones: MCP servers, Home Assistant, memory, vision",
    ),
  vision: visionConfig.optional()
    .describe("what looks at the photos of devices that have a camera; without it none is asked for"),
});

/** What the config says of tools. */
export type ToolsConfig = z.output<typeof toolsConfig>;
