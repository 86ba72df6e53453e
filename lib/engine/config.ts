import { z } from "zod";

/** The `engine` block of the config: the process in which native code runs. */
export const engineConfig = z.strictObject({
  runtime: z.enum(["auto", "native", "wasm"]).default("auto")
    .describe(
      "the inference runtime; auto takes WASM (2.5 times slower) where the native one cannot be loaded",
    ),
  recognitionWorkers: z.int().min(1).max(64).optional()
    .describe("recognitions at the same time; without it the cores less one, at least one"),
});

/** The `limits.engine` block of the config: the bounds of the engine process. */
export const engineLimits = z.strictObject({
  recognitionQueue: z.int().min(1).max(10_000).default(64)
    .describe(
      "recognitions that may wait; beyond it the device whose sound is furthest ahead of real time is refused",
    ),
});

/** What the config says of it, limits included. */
export type EngineConfig = z.output<typeof engineConfig> & z.output<typeof engineLimits>;
