import { z } from "zod";

/** What the block of every recognizer may say of its deadlines and its circuit breaker. */
export const embeddedKeys = {
  openTimeoutMs: z.int().min(100).max(60_000).default(5_000)
    .describe("how long it may take until it accepts sound, in ms"),
  finalTimeoutMs: z.int().min(100).max(300_000).default(10_000)
    .describe(
      "how long after the end of speech its words may take, in ms; the length of the speech is added. Where it ends " +
        "utterances, words that do not go on for as long have ended",
    ),
  retries: z.int().min(0).max(5).default(2)
    .describe(
      "how often an utterance is tried again after a temporary fault, before its first result; not where it is " +
        "recognized in segments, whose sound is not kept",
    ),
  breakerFailures: z.int().min(1).max(1_000).default(5)
    .describe("faults in a row that open its circuit breaker: no utterance is sent then"),
  breakerCoolDownMs: z.int().min(100).max(60_000).default(5_000)
    .describe(
      "how long the breaker stays open at first, in ms; each failed trial doubles it, up to one minute",
    ),
};

/** The same for a recognizer outside of this machine. */
export const remoteKeys = {
  ...embeddedKeys,
  endpointing: z.enum(["auto", "vad"]).default("auto")
    .describe(
      "what ends an utterance: auto leaves it to the recognizer where it can, which then gets all sound but what the " +
        "device marks as silence; vad is our own voice detection, so a stream is open only while somebody speaks",
    ),
  startsBy: z.enum(["auto", "detector", "packet"]).default("auto")
    .describe(
      "what begins an utterance that the recognizer ends: detector is our own voice detection, which costs CPU until " +
        "somebody speaks; packet is the first sound that the device does not mark as silence, which then may be sent, and " +
        "paid for, for as long as nobody speaks; auto is detector for a service that is paid for, packet for others",
    ),
  maxStreams: z.int().min(1).max(10_000).default(100)
    .describe("utterances at the same time; beyond it devices are told to wait"),
};

/** The keys of every recognizer's block, as they are read by its runner. */
export const serviceKeys = z.object({
  ...embeddedKeys,
  endpointing: remoteKeys.endpointing.optional(),
  startsBy: remoteKeys.startsBy.optional(),
  maxStreams: remoteKeys.maxStreams.optional(),
});

/** What a recognizer's block says of its runner. */
export type ServiceKeys = z.output<typeof serviceKeys>;
