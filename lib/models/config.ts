import { z } from "zod";

/** The `models` block of the config: where weights live. */
export const modelsConfig = z.strictObject({
  dir: z.string().min(1).optional()
    .describe("the directory of the weights; without it `models` inside the data directory"),
});

/** The checked `models` block. */
export type ModelsConfig = z.output<typeof modelsConfig>;
