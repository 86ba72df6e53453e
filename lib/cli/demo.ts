import { demoConfig, openDemo, readSetup, serviceNeeds } from "../app/mod.ts";
import { type SaidResult, SimulatedDevice } from "../device/mod.ts";
import { EXIT } from "../errors/mod.ts";
import { Scope } from "../lifecycle/mod.ts";
import { configureLogging } from "../telemetry/mod.ts";
import type { CommandSpec } from "./command.ts";
import { startCommand } from "./how_to_run.ts";
import { keepOnly } from "./permissions.ts";
import { fetchModels, SETUP_FLAGS, setupOptions } from "./setup.ts";

/** Who the device of the demo is: one that does not say so is not trusted, which the log tells. */
const DEVICE = { deviceId: "02:ea:45:00:00:01", clientId: "00000000-0000-4000-8000-ea4500000001" };

/** What the voice asks: a language model knows it, and so do the built-in answers. */
const QUESTION = "What time is it?";

/** How long an answer may take to come and to be spoken, in ms. */
const ANSWER_TIMEOUT_MS = 90_000;

/** `earshot demo` */
export const demo: CommandSpec<typeof setupOptions> = {
  usage: "demo",
  summary: "see it work: a voice asks, the gateway hears, answers and speaks, and the answer is written down",
  examples: ["earshot demo", "earshot demo --config home.yaml", "earshot demo --json"],
  flags: SETUP_FLAGS,
  permissions: ["read", "write", "net", "env", "sys", "run"],
  options: setupOptions,
  async run({ options, output, signal }) {
    const { store, ...setup } = await readSetup(options);
    const config = demoConfig(setup.config);
    await using _logging = configureLogging(config.log);
    output.say(
      "Earshot demo: a voice asks something, as a device would send it; the gateway hears it, answers, and speaks;\n" +
        "and what the device heard is written down again.",
    );
    const { models } = serviceNeeds(config);
    await fetchModels({ config, store }, models, { output, signal });
    output.say(
      `loading the models${
        Deno.build.standalone ? "" : " (the first time, 101 MB of runtime are fetched too)"
      }`,
    );
    await using scope = new Scope("demo");
    const gateway = await openDemo({ config, store }, {
      scope,
      signal,
      afterReading: () => keepOnly(["read", "write", "net", "sys", "run"]),
    });
    const question = await gateway.speak(QUESTION, signal);
    output.say(`\n  said        ${QUESTION}`);
    await using device = await SimulatedDevice.connect(
      { ...DEVICE, url: gateway.url, keepSound: true },
      signal,
    );
    const said = await device.say(question.pcm, { answerTimeoutMs: ANSWER_TIMEOUT_MS });
    output.say(`  heard       ${said.text}\n  answered    ${said.answer}`);
    const heardBack = await gateway.hear(said.sound, signal);
    const firstFrameMs = rounded(said.endOfSpeechToFirstFrameMs);
    const fault = faultIn(said);
    const ok = fault === undefined && said.text !== "" && heardBack !== "";
    output.result(
      {
        type: "demo",
        ok,
        said: QUESTION,
        heard: said.text,
        answered: said.answer,
        heardBack,
        answeredBy: gateway.answeredBy,
        endOfSpeechToTextMs: rounded(said.endOfSpeechToTextMs),
        endOfSpeechToFirstFrameMs: firstFrameMs,
        answerSeconds: Math.round(said.sound.length / 240) / 100,
        warmMs: gateway.warmMs,
        ...(fault !== undefined && { fault }),
      },
      `  heard back  ${heardBack}\n\n  ${timesOf(said)}; answered by ${gateway.answeredBy}`,
    );
    if (fault !== undefined) output.say(`\nearshot: the answer failed: ${fault}; earshot check says more`);
    output.say(
      `\nNext:\n  1. ${startCommand()}\n     starts the gateway; type the OTA URL that it prints into a device\n` +
        "  2. README.md, or README.zh-CN.md, says how to have a language model answer, and how to speak Chinese\n" +
        "     and other languages",
    );
    return ok ? EXIT.ok : EXIT.failed;
  },
};

function timesOf({ endOfSpeechToTextMs, endOfSpeechToFirstFrameMs }: SaidResult): string {
  const ms = (value: number | undefined) => value === undefined ? "never" : `${Math.round(value)} ms`;
  return `from the last word to its text ${ms(endOfSpeechToTextMs)}, to the first sound of the answer ${
    ms(endOfSpeechToFirstFrameMs)
  }`;
}

/** What a device was told that went wrong: then what is spoken is that, and no answer. */
function faultIn({ messages }: SaidResult): string | undefined {
  for (const { message } of messages) if (message.type === "alert") return message.message;
  return undefined;
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}
