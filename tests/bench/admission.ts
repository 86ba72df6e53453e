/**
 * Who gets an answer when more ask than the language model may be asked. One place: the answer of A is written in 3 s and
 * takes a minute to play, and B, who asked in the meantime, gets its first token when the model has finished A's, not when
 * A has heard it. Four places: 100 devices ask at once, and each is answered or told; those who were told ask again, and
 * go first.
 *
 * `deno task admission`, 30 s
 */
import { delay } from "@std/async";
import { until } from "../support/until.ts";
import { AnswerDevice } from "./support/answer_device.ts";
import { withAnswering } from "./support/answering_setup.ts";
import { typedQuestion } from "./support/barge_in_devices.ts";
import { report, round } from "./support/report.ts";

const DEVICES = 100;
const PLACES = 4;
/** Each sentence takes 2 s to say. */
const MINUTE = 35;
const TOKEN_MS = 6;
/** How long who asked may hear nothing: the queue's 8 s, the model, and the voice. */
const HEARD_MS = 15_000;

await withAnswering(
  { llmMs: 200, tokenMs: TOKEN_MS, sentences: MINUTE },
  { llm: "maxConcurrent: 1" },
  async (setup) => {
    const { url, services } = setup;
    await using a = await AnswerDevice.open({ url, index: 1 });
    await using b = await AnswerDevice.open({ url, index: 2 });
    const [first, second] = [typedQuestion(), typedQuestion()];
    a.ask(first.text);
    await a.firstFrameOf(0);
    b.ask(second.text);
    await b.firstFrameOf(0);
    const { requests } = await services.ask("log");
    const requestOf = (key: string) => requests.find((one) => one.key === key && one.service === "llm");
    const doneMs = requestOf(first.key)?.endedMs ?? NaN;
    const firstMs = requestOf(second.key)?.firstMs ?? NaN;
    report({
      name: "one place: from the last token of A's answer to the first one of B's, while A is spoken to",
      measured: firstMs - doneMs,
      unit: "ms",
      limit: 1_000,
      detail: {
        writtenMs: round(doneMs - (requestOf(first.key)?.beganMs ?? NaN)),
        stillSpokenTo: a.speaking,
        heardSeconds: round((a.answer?.framesMs.length ?? 0) * 0.06),
      },
    });
    report({
      name: "devices spoken to when B's answer begins",
      measured: a.speaking ? 2 : 1,
      unit: "",
      limit: 2,
      exact: true,
    });
  },
);

/** Whether a device was answered, told, or left in silence. */
function outcomeOf(device: AnswerDevice, since: { readonly answers: number; readonly heard: number }) {
  const told = device.heard.slice(since.heard).some(({ type }) => type === "alert");
  const spoken = device.answers.slice(since.answers).some(({ framesMs }) => framesMs.length > 0);
  return told ? "told" : spoken ? "answered" : "silent";
}

async function ask(device: AnswerDevice): Promise<"told" | "answered" | "silent"> {
  const since = { answers: device.answers.length, heard: device.heard.length };
  device.ask(typedQuestion().text);
  await until(() => outcomeOf(device, since) !== "silent", "an answer", { timeoutMs: HEARD_MS }).catch(
    () => {},
  );
  return outcomeOf(device, since);
}

await withAnswering(
  { llmMs: 200, tokenMs: 30, sentences: 1 },
  { llm: `maxConcurrent: ${PLACES}` },
  async ({ url, services }) => {
    const devices = await Promise.all(
      Array.from({ length: DEVICES }, (_, index) => AnswerDevice.open({ url, index })),
    );
    const outcomes = await Promise.all(devices.map(ask));
    const count = (what: string) => outcomes.filter((one) => one === what).length;
    report({
      name: `${DEVICES} devices ask at once, ${PLACES} places: those that hear nothing`,
      measured: count("silent"),
      unit: "devices",
      limit: 0,
      detail: { answered: count("answered"), told: count("told") },
    });
    const { violations } = await services.ask("log");
    report({
      name: "requests that no service would take",
      measured: violations.length,
      unit: "requests",
      limit: 0,
    });
    await delay(1_000);
    const refused = devices.filter((_, index) => outcomes[index] === "told").slice(0, PLACES * 2);
    const served = devices.filter((_, index) => outcomes[index] === "answered").slice(0, PLACES * 2);
    const order: string[] = [];
    // Those who were answered ask first, and fill the places; the others come after all of them.
    await Promise.all([
      ...served.map((device) => ask(device).then(() => order.push("served"))),
      delay(100).then(() =>
        Promise.all(refused.map((device) => ask(device).then(() => order.push("refused"))))
      ),
    ]);
    const waiting = order.slice(PLACES);
    const lastRefused = waiting.lastIndexOf("refused");
    report({
      name:
        "devices that had been answered and were served before one that had been told, beyond the places they had",
      measured: waiting.slice(0, lastRefused).filter((one) => one === "served").length,
      unit: "devices",
      limit: 0,
      detail: { order: order.join(" ") },
    });
    await Promise.all(devices.map((device) => device[Symbol.asyncDispose]()));
  },
);
