import { z } from "zod";

/** What the block of every voice may say of its deadlines and its circuit breaker. */
export const ttsKeys = {
  firstSoundTimeoutMs: z.int().min(100).max(120_000).default(8_000)
    .describe("how long the first sound of a sentence may take, in ms"),
  stallTimeoutMs: z.int().min(100).max(120_000).default(5_000)
    .describe("how long the sound of a sentence may pause before it is complete, in ms"),
  retries: z.int().min(0).max(5).default(1)
    .describe("how often a sentence is tried again after a temporary fault, before its first sound"),
  maxStreams: z.int().min(1).max(10_000).default(100)
    .describe("sentences at the same time; beyond it they wait"),
  breakerFailures: z.int().min(1).max(1_000).default(5)
    .describe("faults in a row that open its circuit breaker: nothing is sent then"),
  breakerCoolDownMs: z.int().min(100).max(60_000).default(5_000)
    .describe(
      "how long the breaker stays open at first, in ms; each failed trial doubles it, up to one minute",
    ),
};

/** The keys of every voice's block, as they are read by its runner. */
export const ttsServiceKeys = z.object(ttsKeys);

/** What a voice's block says of its runner. */
export type TtsServiceKeys = z.output<typeof ttsServiceKeys>;
