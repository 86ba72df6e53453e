import { z } from "zod";

/** The `tools.vision` block of the config: which language model looks at photos. */
export const visionConfig = z.strictObject({
  llm: z.string().trim().min(1).max(100)
    .describe(
      "the language model that looks at photos, by its name in llm; agents need not use it otherwise",
    ),
  prompt: z.string().trim().min(1).max(8_000).optional()
    .describe("how it shall look at photos, in the place of the usual words"),
  maxTokens: z.int().min(16).max(4_096).default(400)
    .describe("the most tokens of what it says about a photo"),
});

/** What the config says of it. */
export type VisionConfig = z.output<typeof visionConfig>;
