import { z } from "zod";
import { oggOf, openSpeaker, readSetup, sayToDevice, speakerOf, wavOf } from "../app/mod.ts";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { Scope } from "../lifecycle/mod.ts";
import { configureLogging } from "../telemetry/mod.ts";
import type { CommandSpec } from "./command.ts";
import { deviceOf } from "./device_named.ts";
import { writeBytes } from "./write_bytes.ts";
import { fetchModels, sayWarnings, SETUP_FLAGS, setupOptions } from "./setup.ts";

/** The longest text, in UTF-16 units: some 20 minutes for a file, and what a person listens to. */
const MAX_CHARS = { file: 20_000, device: 4_000 } as const;

const sayOptions = setupOptions.extend({
  output: z.string().min(1, "give a file")
    .regex(/\.(wav|ogg|opus)$/i, "give a file that ends with .wav, .ogg or .opus").optional(),
  device: z.string().min(1, "give the device's name or id").optional(),
  agent: z.string().min(1, "give the name of an agent").optional(),
  voice: z.string().min(1, "give the name of a voice in tts").optional(),
});

type SayOptions = z.output<typeof sayOptions>;

/** `earshot say TEXT` */
export const say: CommandSpec<typeof sayOptions> = {
  usage: "say <text>",
  summary: "speak a text: into a sound file, or to a device of the gateway that runs",
  examples: [
    'earshot say "Dinner is ready." -o dinner.wav',
    'earshot say "Dinner is ready." --device Kitchen',
    'earshot say "你好。" --voice edge -o hello.ogg',
  ],
  flags: [
    ...SETUP_FLAGS,
    ["-o, --output <file>", "the file to write: .wav, or .ogg and .opus for Ogg Opus"],
    [
      "--device <device>",
      "a connected device, by its name in the config or its id; it speaks with its own voice",
    ],
    ["--agent <name>", "the agent with whose voices a file is spoken; default unless told"],
    ["--voice <name>", "one voice for a file, by its name in tts; hibari is always there"],
  ],
  permissions: ["read", "write", "net", "env", "sys", "run"],
  options: sayOptions,
  async run({ options, args: [given = ""], output, signal }) {
    const path = requirePlace(options);
    const text = requireText(given, path === undefined ? "device" : "file");
    const setup = await readSetup(options);
    const { config, data, store } = setup;
    sayWarnings(setup, output);
    if (path === undefined) {
      const deviceId = deviceOf(options.device ?? "", config);
      const said = await sayToDevice({ data, deviceId, text, signal });
      const { chars, heardChars, interrupted } = said;
      output.result(
        { type: "said", deviceId, ...said },
        interrupted ? `interrupted: ${heardChars} of ${chars} characters were heard` : `said: to ${deviceId}`,
      );
      return EXIT.ok;
    }
    const speaker = speakerOf(config, options);
    await using _logging = configureLogging({ level: "error", format: "auto" });
    await fetchModels({ config, store }, speaker.models, { output, signal });
    await using scope = new Scope("say");
    const speak = await openSpeaker(speaker, { config, store, scope, signal });
    const spoken = await speak(text, signal);
    const { audioSeconds, firstSoundMs, voices } = spoken;
    await writeBytes(path, /\.wav$/i.test(path) ? wavOf(spoken) : oggOf(spoken));
    output.result(
      { type: "said", path, voices, audioSeconds, firstSoundMs },
      `${path}: ${audioSeconds.toFixed(1)} s by ${
        voices.join(", ")
      }, its first sound after ${firstSoundMs} ms`,
    );
    return EXIT.ok;
  },
};

/** The file to write, or `undefined` where a device speaks. */
function requirePlace({ output, device, agent, voice }: SayOptions): string | undefined {
  const usage = (state: string) => new EarshotError("cli.usage", `Cannot say anything: ${state}`);
  if (output === undefined && device === undefined) {
    throw usage(
      "give -o FILE (.wav, .ogg or .opus) to have it written, or --device ID to have it spoken there",
    );
  }
  if (device === undefined) return output;
  if (output !== undefined) throw usage("give either -o or --device");
  if (agent !== undefined || voice !== undefined) {
    throw usage("a device speaks with the voice of its own agent; leave out --agent and --voice");
  }
  return undefined;
}

function requireText(given: string, place: keyof typeof MAX_CHARS): string {
  const text = given.trim();
  const most = MAX_CHARS[place];
  if (text.length > 0 && text.length <= most) return text;
  throw new EarshotError("cli.usage", `Cannot say the text: give 1 to ${most} characters`);
}
