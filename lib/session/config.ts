import { z } from "zod";

/** The `session` block of the config: how long a device may take, and how its speech is framed. */
export const sessionConfig = z.strictObject({
  noSpeechMs: z.int().min(1_000).max(3_600_000).default(120_000)
    .describe(
      "how long the gateway listens to a device in auto or realtime mode while nobody speaks, in ms; then it says goodbye",
    ),
  wakeWords: z.array(z.string().min(1).max(100)).max(1_000).optional()
    .describe(
      "texts of `listen detect` that say that the device was woken, compared without case, spaces and punctuation; " +
        "any other text is a typed message; without it the wake words of the firmware",
    ),
  alertLanguage: z.enum(["auto", "en", "zh"]).default("auto")
    .describe("the language of error messages on the device; auto follows the agent's language"),
});

/** The `limits.session` block of the config: the bounds of one session. */
export const sessionLimits = z.strictObject({
  helloTimeoutMs: z.int().min(100).max(120_000).default(10_000)
    .describe("how long a device may stay silent after it opened the socket, in ms"),
  idleTimeoutMs: z.int().min(1_000).max(3_600_000).default(120_000)
    .describe("how long a device may send nothing at all while no answer is owed to it, in ms"),
  hearingLateMs: z.int().min(0).max(60_000).default(150)
    .describe(
      "how late the detector may be with what was said, in ms; beyond it new turns are refused in words, and new devices " +
        "with 503, until there is room; 0 refuses nobody",
    ),
  noPacketMs: z.int().min(300).max(60_000).default(3_000)
    .describe("how long no packet may come within speech, in ms; then the utterance is ended and recognized"),
  utteranceMs: z.int().min(1_000).max(60_000).default(60_000)
    .describe("how long an utterance may last, in ms; then it is ended and recognized"),
  preRollMs: z.int().min(500).max(10_000).default(2_000)
    .describe(
      "how much sound from before speech begins is kept for the next utterance, in ms; less than utteranceMs",
    ),
  audioBurstMs: z.int().min(1_000).max(600_000).default(60_000)
    .describe("how much sound may arrive at once, such as after a network stall, in ms"),
  maxAudioRate: z.number().min(1).max(100).default(2)
    .describe(
      "how many times faster than real time sound may arrive beyond audioBurstMs; the rest is dropped",
    ),
  speechPadMs: z.int().min(0).max(1_000).default(500)
    .describe("how much sound from before the speech is recognized with it, in ms"),
  outboxBytes: z.int().min(16_384).max(16_777_216).default(262_144)
    .describe("how many bytes may wait for a device that does not read; further messages are dropped"),
  slowReaderMs: z.int().min(100).max(120_000).default(10_000)
    .describe(
      "how long a device may read nothing while outboxBytes wait for it, in ms; then its connection is ended",
    ),
  closeHandshakeMs: z.int().min(100).max(30_000).default(2_000)
    .describe("how long a device may take to answer a close of its socket, in ms"),
  closeMs: z.int().min(100).max(60_000).default(5_000)
    .describe("how long closing a session may take in all, in ms"),
}).superRefine((config, { addIssue }) => {
  const { utteranceMs } = config;
  for (const key of ["preRollMs", "speechPadMs"] as const) {
    if (config[key] < utteranceMs) continue;
    addIssue({
      code: "custom",
      path: [key],
      message: `must be shorter than utteranceMs, or an utterance would end as it begins: ` +
        `make it at most ${utteranceMs - 1}, or utteranceMs at least ${config[key] + 1}`,
    });
  }
});

/** What the config says of it, limits included. */
export type SessionConfig = z.output<typeof sessionConfig> & z.output<typeof sessionLimits>;
