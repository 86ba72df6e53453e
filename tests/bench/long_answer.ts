/**
 * An answer of five minutes, in real time, to a device in auto mode that sends nothing meanwhile: it plays to its end,
 * with a queue that never runs dry within a sentence and never overflows. Argument: for how many minutes.
 *
 * `deno task long-answer`, 5.5 minutes
 */
import { until } from "../support/until.ts";
import { AnswerDevice, figuresOf } from "./support/answer_device.ts";
import { withAnswering } from "./support/answering_setup.ts";
import { typedQuestion } from "./support/barge_in_devices.ts";
import { report } from "./support/report.ts";

const minutes = Number(Deno.args[0] ?? "5");
/** A sentence of the emulated services sounds so long, in s. */
const SENTENCE_SECONDS = 1.8;
const sentences = Math.ceil(minutes * 60 / SENTENCE_SECONDS);

await withAnswering(
  { llmMs: 200, voiceMs: 100, sentences },
  { more: "agents:\n  default: { maxAnswerSeconds: 360, fillers: false }\n" },
  async ({ url, gateway }) => {
    await using device = await AnswerDevice.open({ url, index: 1 });
    device.listenDeaf();
    device.ask(typedQuestion().text);
    await device.firstFrameOf(0);
    await until(() => !device.speaking, "the end of the answer", { timeoutMs: (minutes + 1.5) * 60_000 });
    const [answer] = device.answers;
    if (answer === undefined) throw new Error("Cannot measure: nothing was spoken");
    const { frames, overflowed, ranEmpty, mostHeld } = figuresOf(answer);
    const spoken = answer.texts.join(" ");
    report({
      name: `an answer of ${minutes} minutes to a device that sends nothing: sentences that were not spoken`,
      measured: sentences - (spoken.match(/Part \d+ of/g)?.length ?? 0),
      unit: "sentences",
      limit: 0,
      detail: { seconds: Math.round(frames * 0.06), sentences, answers: device.answers.length },
    });
    report({
      name: "its length, of what it must at least be",
      measured: frames * 0.06 / (minutes * 60),
      unit: "x",
      limit: 0.98,
      atLeast: true,
    });
    report({
      name: "frames of it that overflowed the queue, and times that it ran empty within a sentence",
      measured: overflowed + ranEmpty,
      unit: "",
      limit: 0,
      detail: { mostHeld },
    });
    const { counters } = await gateway.health();
    report({ name: "turns that failed meanwhile", measured: counters.turnsFailed, unit: "turns", limit: 0 });
  },
);
