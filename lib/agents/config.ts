import { z } from "zod";
import { languageTag, SCRIPT_CHOICES } from "../asr/mod.ts";
import { readDeviceId } from "../protocol/mod.ts";

/** The agent of every device that has no other. */
export const DEFAULT_AGENT = "default";

const agentName = z.string().regex(
  /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}$/u,
  "must be letters, digits, - and _, at most 64",
);

/** One agent; what it leaves out is the default agent's. */
const agentBlock = z.strictObject({
  asr: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional()
    .describe(
      "the recognizer, by its name in asr, or a list of them: the next one takes over when one fails before its first " +
        "result",
    ),
  language: languageTag().optional().describe("the language of the speakers (BCP 47); en unless told"),
  script: z.enum(SCRIPT_CHOICES).optional()
    .describe(
      "how Chinese is written, whoever recognizes it: simplified, traditional, none (as it comes), or auto: by " +
        "language, traditional for zh-TW, zh-HK and yue, simplified for zh otherwise; auto unless told",
    ),
});

/** The `agents` section of the config: which services, and which language, a device has. */
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
