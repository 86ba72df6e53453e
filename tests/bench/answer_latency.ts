/**
 * What a person feels: from the last word to the first frame of the answer at the device, warm. A device speaks at the
 * pace of speech in auto mode, so 700 ms of silence tell that it has finished. All in the box first: Moonshine, the
 * builtin answerer and Flite. Then with services over real sockets that take 100, 400 and 200 ms, with answering ahead as
 * it is unless told, on, and off, in turn in the same run.
 *
 * `deno task answer-latency`, 3.5 minutes
 */
import { delay } from "@std/async";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import { AnswerDevice, deviceIdOf } from "./support/answer_device.ts";
import { withAnswering } from "./support/answering_setup.ts";
import { questions } from "./support/questions.ts";
import { percentile, report, round } from "./support/report.ts";

const TURNS = 20;
/** Turns before those that count. */
const WARM_UP = 2;
const MANNER = { asrMs: 100, llmMs: 400, voiceMs: 200 };
const LEAST_GAIN_MS = 300;
const said = questions();

/** How long after the last word of each question the first frame came, in ms. */
async function latencies(url: URL, index: number): Promise<readonly number[]> {
  await using device = await AnswerDevice.open({ url, index });
  const found: number[] = [];
  for (let turn = 0; turn < TURNS + WARM_UP; turn++) {
    const pcm = said[turn % said.length];
    if (pcm === undefined) continue;
    device.listen();
    await delay(300 + 70 * (turn % 5));
    const answers = device.answers.length;
    const lastWordMs = await device.speak(pcm);
    const firstMs = await device.firstFrameOf(answers);
    if (turn >= WARM_UP) found.push(firstMs - lastWordMs);
    device.abort();
    await delay(400);
  }
  return found;
}

const detailOf = (ms: readonly number[]) => ({
  turns: ms.length,
  fastestMs: round(Math.min(...ms)),
  slowestMs: round(Math.max(...ms)),
});

// A word that fills the silence would be a first frame, too.
await withConfig(async (path) => {
  await using gateway = new ServedGateway(path);
  const ms = await latencies(new URL(await gateway.warm()), 1);
  report({
    name: "last word to first frame at the device, all in the box: median",
    measured: percentile(ms, 0.5),
    unit: "ms",
    limit: 1_200,
    detail: detailOf(ms),
  });
  report({
    name: "the same, 95th percentile",
    measured: percentile(ms, 0.95),
    unit: "ms",
    limit: 1_800,
  });
}, "agents:\n  default: { fillers: false }\n");

await withAnswering(MANNER, {}, async ({ url }) => {
  const ms = await latencies(url, 0);
  report({
    name: "last word to first frame, services of 100, 400 and 200 ms: median",
    measured: percentile(ms, 0.5),
    unit: "ms",
    limit: 1_300,
    detail: { ...detailOf(ms), p95Ms: round(percentile(ms, 0.95)) },
  });
});

// A recognizer over HTTP is asked once, when the end is known; the built-in one has the words in the pause before.
const AHEAD = ["on", "off"] as const;
const agents = `agents:\n  default: { answerAhead: on, fillers: false }\n  off: { answerAhead: off }\n` +
  `devices:\n  "${deviceIdOf(1)}": { agent: off }\n`;
await withAnswering(MANNER, { more: agents, emulated: ["llm", "tts"] }, async ({ url }) => {
  const [on = [], off = []] = await Promise.all(AHEAD.map(async (_, index) => {
    await delay(1_500 * index);
    return await latencies(url, index);
  }));
  report({
    name: "the built-in recognizer, a model of 400 and a voice of 200 ms, without answering ahead: median",
    measured: percentile(off, 0.5),
    unit: "ms",
    detail: { ...detailOf(off), p95Ms: round(percentile(off, 0.95)) },
  });
  report({
    name: "what answering ahead takes off at the median",
    measured: percentile(off, 0.5) - percentile(on, 0.5),
    unit: "ms",
    limit: LEAST_GAIN_MS,
    atLeast: true,
    detail: { onMs: round(percentile(on, 0.5)), ...detailOf(on) },
  });
});
