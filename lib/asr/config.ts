import { z } from "zod";

/** The `asr` block of the config: who recognises speech, in which language, and how long it may take. */
export const asrConfig = z.strictObject({
  provider: z.enum(["moonshine"]).default("moonshine")
    .describe("the recogniser; moonshine is embedded and hears English"),
  language: z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "must be a language tag such as en or zh-CN")
    .default("en")
    .describe("the language of the speakers (BCP 47)"),
  openTimeoutMs: z.int().min(100).max(60_000).default(5_000)
    .describe("how long a recogniser may take to become ready for an utterance, in ms"),
  finalTimeoutMs: z.int().min(100).max(300_000).default(10_000)
    .describe(
      "how long after the end of speech the words may take, besides the length of the speech itself, in ms",
    ),
});

/** The checked `asr` block. */
export type AsrConfig = z.output<typeof asrConfig>;
