import { z } from "zod";

/** The `limits.audio` block of the config: how much sound is held. */
export const audioLimits = z.strictObject({
  maxDurationMs: z.int().min(1_000).max(600_000).default(60_000)
    .describe("sound held for one session, in ms; the oldest is dropped first"),
  maxChunks: z.int().min(10).max(100_000).optional()
    .describe("chunks held for one session; without it 1000, or as many as maxDurationMs needs"),
  maxBytes: z.int().min(65_536).max(1_073_741_824).default(10_485_760)
    .describe("bytes held for one session, decoded sound included"),
  budgetBytes: z.int().min(1_048_576).max(68_719_476_736).default(536_870_912)
    .describe(
      "bytes held for all sessions together, 1,280 a chunk included; beyond it the session that holds most loses its oldest",
    ),
});

/** What the config says of it, limits included. */
export type AudioConfig = z.output<typeof audioLimits>;
