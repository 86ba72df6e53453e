import { z } from "zod";

/** The `memory` block of the config: how much of what was said is kept, and for how long. */
export const memoryConfig = z.strictObject({
  enabled: z.boolean().default(true)
    .describe("whether what was said is kept on disk at all"),
  turnsPerDevice: z.int().min(1).max(100_000).default(200)
    .describe("turns kept of one device; the oldest are dropped"),
  maxAgeDays: z.int().min(1).max(36_500).default(30)
    .describe("how long a turn is kept, in days"),
});

/** The `limits.memory` block of the config: the bounds of what is kept. */
export const memoryLimits = z.strictObject({
  maxBytes: z.int().min(1_048_576).max(68_719_476_736).default(268_435_456)
    .describe("what all turns together may take on disk, in bytes; the oldest are dropped"),
  maxPending: z.int().min(1).max(100_000).default(1_000)
    .describe("turns that may wait for the disk while it is full or slow; the oldest are dropped"),
  maxJournalBytes: z.int().min(65_536).max(68_719_476_736).default(67_108_864)
    .describe("what the journal may take until the store has caught up, in bytes; beyond it saving stops"),
  writeDeadlineMs: z.int().min(50).max(600_000).default(10_000)
    .describe("how long the disk may take for one write before it counts as hung, in ms"),
});

/** What the config says of it, limits included. */
export type MemoryConfig = z.output<typeof memoryConfig> & z.output<typeof memoryLimits>;
