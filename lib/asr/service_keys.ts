import { z } from "zod";

/** What the block of every recognizer may say of its deadlines and its circuit breaker. */
export const embeddedKeys = {
  openTimeoutMs: z.int().min(100).max(60_000).default(5_000)
    .describe("how long it may take to become ready for an utterance, in ms"),
  finalTimeoutMs: z.int().min(100).max(300_000).default(10_000)
    .describe(
      "how long after the end of speech the words may take, besides the length of the speech itself, in ms",
    ),
  retries: z.int().min(0).max(5).default(2)
    .describe(
      "how often an utterance of which nothing was heard yet is tried again after a fault that may pass; not where " +
        "it is recognized in segments, whose sound is not kept",
    ),
  breakerFailures: z.int().min(1).max(1_000).default(5)
    .describe("faults in a row that open its circuit breaker"),
  breakerCoolDownMs: z.int().min(100).max(60_000).default(5_000)
    .describe(
      "how long the breaker stays open at first, in ms; each failed trial doubles it, up to a minute",
    ),
};

/** The same for a recognizer outside of this machine. */
export const remoteKeys = {
  ...embeddedKeys,
  endpointing: z.enum(["auto", "vad"]).default("auto")
    .describe(
      "who says that an utterance has ended: auto leaves it to a recognizer that can, which then hears all that a " +
        "device does not call silence; vad is our own detector, so a stream is open only while somebody speaks",
    ),
  maxStreams: z.int().min(1).max(10_000).default(100)
    .describe("utterances that it may have at once; beyond it devices are told to wait"),
};

/** The keys of every recognizer's block, as they are read by its runner. */
export const serviceKeys = z.object({
  ...embeddedKeys,
  endpointing: remoteKeys.endpointing.optional(),
  maxStreams: remoteKeys.maxStreams.optional(),
});

/** What a recognizer's block says of its runner. */
export type ServiceKeys = z.output<typeof serviceKeys>;
