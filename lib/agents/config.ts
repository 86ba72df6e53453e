import { z } from "zod";
import { languageTag, SCRIPT_CHOICES } from "../asr/mod.ts";
import { readDeviceId } from "../protocol/mod.ts";
import { quietHours } from "./quiet_hours.ts";

/** The agent of every device that has no other. */
export const DEFAULT_AGENT = "default";

const agentName = z.string().regex(
  /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}$/u,
  "must be letters, digits, - and _, at most 64",
);

/** A chain of services by name. */
const chain = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

/** What an agent's `llm` says where nothing is answered. */
export const NO_ANSWERS = "none";

/** One agent; what it leaves out is the default agent's. */
const agentBlock = z.strictObject({
  asr: chain.optional().describe(
    "the recognizer, by its name in asr, or a list of them: the next one takes over when one fails before its first " +
      "result",
  ),
  llm: chain.optional().describe(
    "what answers, by its name in llm, or a list of them: the next one takes over when one fails before its first word; " +
      "none answers nothing and only shows the words; builtin unless told",
  ),
  tts: chain.optional().describe(
    "the voice, by its name in tts, or a list of them: of those that speak the language of a sentence the first one " +
      "speaks it, and the next one takes over when it fails; hibari unless told",
  ),
  language: z.union([languageTag(), z.array(languageTag()).min(1).max(16)]).optional().describe(
    "the language of the speakers (BCP 47), or a list of them, the usual one first; en unless told",
  ),
  script: z.enum(SCRIPT_CHOICES).optional()
    .describe(
      "how Chinese is written, whoever recognizes it or answers: simplified, traditional, none (as it comes), or auto: by " +
        "language, traditional for zh-TW, zh-HK and yue, simplified for zh otherwise; auto unless told",
    ),
  prompt: z.union([
    z.string().max(32_768),
    z.strictObject({ file: z.string().min(1).describe("a text file, UTF-8") }),
  ]).optional().describe("how it should be, in plain words, or { file: PATH }; what it cannot do is added"),
  memory: z.boolean().optional()
    .describe(
      "whether its conversations are kept in the data directory and told to it again; true unless told",
    ),
  automation: z.boolean().optional().describe(
    "whether the words that are said to it and its answers are sent where the automation section says; false unless told",
  ),
  maxAnswerSeconds: z.int().min(5).max(3_600).optional()
    .describe("how long an answer may be spoken, in seconds; 120 unless told"),
  quietHours: z.union([quietHours, z.literal("none")]).optional()
    .describe("when it does not answer but says so, such as 22:00-07:00, in the time zone of the server"),
  turnsPerDay: z.int().min(1).max(1_000).optional()
    .describe(
      "how many questions of a device it answers a day; at most memory.turnsPerDevice, since they are counted there " +
        "when Earshot starts again; with memory: false a start begins a new count; no bound unless told",
    ),
  fillers: z.boolean().optional()
    .describe("whether it says a word when an answer takes long; true unless told"),
  interrupt: z.enum(["auto", "speech", "button"]).optional().describe(
    "how an answer is interrupted besides button and wake word: speech lets anybody speak over it, auto does so for " +
      "devices that cancel their own echo, button never; auto unless told",
  ),
  answerAhead: z.enum(["auto", "on", "off"]).optional().describe(
    "whether the language model is asked before it is sure that the speaker has finished; auto does so where it runs on " +
      "this network; on costs requests whose answer nobody hears; auto unless told",
  ),
  tools: z.array(
    z.string().regex(
      /^[\p{L}\p{N}_*][\p{L}\p{N}_.*-]{0,127}$/u,
      "must be SOURCE or SOURCE.TOOL, with * for any text",
    ),
  )
    .max(200).optional().describe(
      "what its language model may call: builtin, music, requests, device, the names of tools.servers, or one tool of them " +
        "such as home.turn_on or device.self.chassis.*; [] for nothing; the harmless ones of builtin, music, requests and " +
        "device unless told",
    ),
  exitPhrases: z.array(z.string().min(1).max(100)).max(1_000).optional()
    .describe(
      "what ends a conversation, compared without case, spaces and punctuation; without it goodbye, 再见 and such",
    ),
});

/** The `agents` section of the config: which services, language and manner a device has. */
export const agentsConfig = z.record(agentName, agentBlock)
  .describe("which services and which language devices have, by the agent's name; default is for all others");

/** The checked section. */
export type AgentsConfig = z.output<typeof agentsConfig>;

const deviceId = z.string().refine((text) => readDeviceId(text) !== undefined, {
  error: "is no device's id; write it as `earshot devices list` shows it, such as 02:00:00:aa:bb:cc",
}).overwrite((text) => readDeviceId(text) ?? text);

/** What people call something: one line, which a terminal shows as it is. */
const label = z.string().trim().min(1).max(64).regex(/^\P{Cc}*$/u, "must be one line of plain text");

/** What the config says of one device. */
const deviceBlock = z.strictObject({
  name: label.optional().describe("what people call the device"),
  room: label.optional().describe("where it stands"),
  agent: agentName.optional().describe("its agent, by its name in agents; default unless told"),
});

/** The `devices` section of the config: what devices are called, and their agents. */
export const devicesConfig = z.preprocess(refuseSameDevices, z.record(deviceId, deviceBlock))
  .describe("devices by their id: name, room, agent; `earshot devices set` writes this");

/** Of one device in two notations, also in two files, one block would replace the other without a word. */
function refuseSameDevices(section: unknown, { addIssue }: z.RefinementCtx): unknown {
  const seen = new Map<string, string>();
  for (const key of typeof section === "object" && section !== null ? Object.keys(section) : []) {
    const id = readDeviceId(key) ?? key;
    const first = seen.get(id);
    seen.set(id, key);
    if (first === undefined) continue;
    const [odd, other] = key === id ? [first, key] : [key, first];
    const message = `is the same device as ${other}; write it as ${id}`;
    addIssue({
      code: "invalid_key",
      path: [odd],
      origin: "record",
      issues: [{ code: "custom", path: [], message }],
    });
  }
  return section;
}

/** The checked section. */
export type DevicesConfig = z.output<typeof devicesConfig>;

/** What the config says of one device. */
export type DeviceSettings = z.output<typeof deviceBlock>;
