import { z } from "zod";

/** The `tools` block of the config: what language models may call. */
export const toolsConfig = z.strictObject({
  open: z.boolean().default(false)
    .describe(
      "whether every device may use MCP servers, Home Assistant, memory and vision; otherwise only those that are " +
        "approved, or pinned because they came first",
    ),
}).describe("what language models may call");
