import { z } from "zod";

/** The `vad` block of the config: when speech begins and when it has ended. */
export const vadConfig = z.strictObject({
  startProbability: z.number().min(0.05).max(0.99).default(0.5)
    .describe("how sure voice detection must be that somebody speaks, 0 to 1; higher ignores more noise"),
  startFrames: z.int().min(1).max(30).default(3)
    .describe(
      "how many frames of 32 ms in a row must be speech; fewer react faster, and to clicks and coughs too",
    ),
  endProbability: z.number().min(0.01).max(0.99).default(0.35)
    .describe(
      "below this a frame is silence; at most startProbability, and lower, so that a faint word does not end the utterance",
    ),
  endSilenceMs: z.int().min(100).max(10_000).default(700)
    .describe("how long silence must last to end the utterance, in ms"),
  pauseMs: z.int().min(32).max(10_000).default(300)
    .describe(
      "how long a pause must last for recognition to begin before the end is certain, in ms; endSilenceMs or more switches " +
        "that off",
    ),
}).refine((config) => config.endProbability <= config.startProbability, {
  path: ["endProbability"],
  error: "must not be above startProbability",
});

/** The checked `vad` block. */
export type VadConfig = z.output<typeof vadConfig>;
