import { z } from "zod";

/** What the block of every language model may say of its deadlines, its places and its circuit breaker. */
export const llmKeys = {
  headersTimeoutMs: z.int().min(100).max(600_000).default(15_000)
    .describe("how long the service may take until it begins to answer at all, in ms"),
  firstTokenTimeoutMs: z.int().min(100).max(600_000).default(15_000)
    .describe("how long the first word may take after that, in ms"),
  tokenTimeoutMs: z.int().min(100).max(600_000).default(10_000)
    .describe("how long the answer may pause between two words, in ms"),
  totalTimeoutMs: z.int().min(1_000).max(3_600_000).default(120_000)
    .describe("how long a whole answer may take to be written, in ms"),
  retries: z.int().min(0).max(3).default(1)
    .describe("how often a question is asked again after a temporary fault, before the first word"),
  maxConcurrent: z.int().min(1).max(10_000).optional()
    .describe("answers at the same time; 1 for ollama, 8 for clouds and 4 for other servers unless told"),
  queue: z.int().min(0).max(1_000).default(16)
    .describe("questions that may wait for a place; beyond it the device is told"),
  queueTimeoutMs: z.int().min(100).max(60_000).default(8_000)
    .describe("how long a question may wait for a place, in ms; then the device is told"),
  breakerFailures: z.int().min(1).max(1_000).default(5)
    .describe("faults in a row that open its circuit breaker: nothing is asked then"),
  breakerCoolDownMs: z.int().min(100).max(60_000).default(5_000)
    .describe(
      "how long the breaker stays open at first, in ms; each failed trial doubles it, up to one minute",
    ),
};

/** The keys of every language model's block, as they are read by its runner. */
export const llmServiceKeys = z.object(llmKeys);

/** What a language model's block says of its runner. */
export type LlmServiceKeys = z.output<typeof llmServiceKeys>;
