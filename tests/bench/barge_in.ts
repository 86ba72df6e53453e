/**
 * What is left of an answer that is interrupted, and what does not interrupt one. 1,000 aborts at random instants over 100
 * conversations, and 100 times somebody speaks over the answer of a device that cancels its echo, with services over real
 * sockets: how late the last frame of the old answer comes, what is open at the services 100 ms later, and whether every
 * history that the model gets is valid. Then, all in the box (Moonshine, Flite): 100 answers whose device hears itself at
 * -20 dB, and 50 during which somebody coughs; the coughs are made of noise. Arguments: `quick` for a tenth of it, `noise` for the
 * second half alone.
 *
 * `deno task barge-in`, 5 minutes
 */
import { delay } from "@std/async";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import { AnswerDevice } from "./support/answer_device.ts";
import { withAnswering } from "./support/answering_setup.ts";
import {
  abortAgainAndAgain,
  type BargeIn,
  random,
  speakOverAgainAndAgain,
} from "./support/barge_in_devices.ts";
import { cough, Echo } from "./support/echo.ts";
import type { ServiceLog, ServiceRequest } from "./support/emulated_services.ts";
import { questions } from "./support/questions.ts";
import { percentile, report, round } from "./support/report.ts";

const quick = Deno.args.includes("quick");
const CONVERSATIONS = quick ? 20 : 100;
const ABORTS_EACH = quick ? 3 : 10;
/** An answer's first frame comes after 0.6 s, and it is written for 2.5 s. */
const WITHIN_MS = 4_000;
const SPEAKERS = quick ? 2 : 10;
const SPEAKS_EACH = quick ? 3 : 10;
const LATE_MS = 60;
const OPEN_MS = 100;
const MANNER = { asrMs: 100, llmMs: 200, tokenMs: 30, voiceMs: 200, voiceChunkMs: 200, sentences: 5 };

/** Requests for an interrupted answer that were open for longer than {@linkcode OPEN_MS}, or began after it. */
function leftOpen(found: readonly BargeIn[], requests: readonly ServiceRequest[]): readonly ServiceRequest[] {
  const byKey = Map.groupBy(requests, ({ key }) => key);
  return found.flatMap(({ key, atMs }) =>
    (byKey.get(key) ?? []).filter(({ beganMs, endedMs }) =>
      beganMs > atMs + OPEN_MS || (endedMs ?? Infinity) > atMs + OPEN_MS
    )
  );
}

function reportBargeIns(
  what: string,
  found: readonly BargeIn[],
  { requests, violations, timerLateMs }: ServiceLog,
): void {
  const late = found.filter(({ lastFrameMs }) => lastFrameMs > LATE_MS);
  const after = found.map(({ lastFrameMs }) => Math.max(0, lastFrameMs));
  report({
    name:
      `${found.length} ${what}: those after which a frame of the old answer came later than ${LATE_MS} ms`,
    measured: late.length,
    unit: "answers",
    limit: 0,
    detail: { latestMs: round(Math.max(...after)), p99Ms: round(percentile(after, 0.99)) },
  });
  const byKey = new Map(found.map((one) => [one.key, one]));
  const open = leftOpen(found, requests);
  const canceled = requests.filter(({ left }) => left);
  const canceledAfterMs = Object.fromEntries((["asr", "llm", "voice"] as const).flatMap((service) => {
    const ms = canceled.filter((one) => one.service === service)
      .map(({ key, endedMs }) => (endedMs ?? Infinity) - (byKey.get(key)?.atMs ?? Infinity)).filter((ms) =>
        ms > 0
      );
    if (ms.length === 0) return [];
    return [[service, {
      count: ms.length,
      median: round(percentile(ms, 0.5)),
      p99: round(percentile(ms, 0.99)),
    }]];
  }));
  report({
    name: `${found.length} ${what}: requests open at a service ${OPEN_MS} ms later`,
    measured: open.length,
    unit: "requests",
    limit: 0,
    detail: {
      requests: requests.length,
      servicesTimerLateMs: {
        median: round(percentile(timerLateMs, 0.5)),
        p99: round(percentile(timerLateMs, 0.99)),
      },
      canceledAfterMs,
    },
  });
  report({
    name:
      `${found.length} ${what}: requests that no service would take, such as a history that does not alternate`,
    measured: violations.length,
    unit: "requests",
    limit: 0,
    detail: { first: violations[0] ?? "" },
  });
}

async function interrupt(): Promise<void> {
  await withAnswering(MANNER, {}, async ({ url, services }) => {
    const found = await Promise.all(
      Array.from(
        { length: CONVERSATIONS },
        (_, index) => abortAgainAndAgain(url, index, { rounds: ABORTS_EACH, withinMs: WITHIN_MS }),
      ),
    );
    reportBargeIns("aborts", found.flat(), await services.ask("log"));
  });

  await withAnswering({ ...MANNER, words: "please tell me of" }, {}, async ({ url, services }) => {
    const said = questions();
    const found = await Promise.all(Array.from({ length: SPEAKERS }, async (_, index) => {
      await delay(index * 500);
      return await speakOverAgainAndAgain(url, index, { rounds: SPEAKS_EACH, said });
    }));
    const all = found.flat();
    const interrupted = all.filter((one) => one !== undefined);
    report({
      name: `of ${all.length} times that somebody spoke over an answer, those that did not interrupt it`,
      measured: all.length - interrupted.length,
      unit: "answers",
      limit: 0,
    });
    reportBargeIns("times that somebody spoke over it", interrupted, await services.ask("log"));
  });
}

/** What a device heard while it was answered. */
interface Undisturbed {
  readonly answers: number;
  readonly ended: number;
  /** What was taken as a question. */
  readonly asked: readonly string[];
}

/** Answers to one device in a realtime conversation that hears itself, and coughs where it is told to. */
async function answersBesideNoise(
  url: URL,
  index: number,
  { rounds, coughs }: { readonly rounds: number; readonly coughs: boolean },
): Promise<Undisturbed> {
  const echo = new Echo(-20);
  await using device = await AnswerDevice.open({
    url,
    index,
    mode: "realtime",
    aec: true,
    onFrame: (opus) => echo.played(opus),
    onStopped: () => echo.clear(),
    besides: () => echo.next(),
  });
  device.listen();
  const found = { answers: 0, ended: 0, asked: new Array<string>() };
  for (let round = 0; round < rounds; round++) {
    const [answers, words] = [device.answers.length, device.heard.length];
    device.ask(`Say after me: ${SENTENCES[round % SENTENCES.length]}`);
    await device.firstFrameOf(answers);
    if (coughs) {
      await delay(300 + random() * 2_000);
      echo.besides(cough(random));
    }
    // An answer that is held goes on later, as another one that is spoken.
    for (let quietMs = 0; quietMs < 2_500; quietMs = device.speaking ? 0 : quietMs + 50) await delay(50);
    const heard = device.heard.slice(words).filter(({ type }) => type === "stt");
    const frames = device.answers.slice(answers).reduce((sum, { framesMs }) => sum + framesMs.length, 0);
    found.answers++;
    // Its own question comes back as the first.
    found.asked.push(...heard.slice(1).map(({ text }) => text));
    if (frames < LEAST_FRAMES) found.ended++;
  }
  echo.close();
  return found;
}

/** Each takes longer than this to say, in frames. */
const LEAST_FRAMES = 40;
const SENTENCES = [
  "the quick brown fox jumps over the lazy dog and runs into the forest before anybody sees it",
  "there are seven days in a week and twelve months in a year and they all go by faster than we think",
  "the train to the north leaves at half past nine and arrives in the evening if nothing goes wrong",
];

async function disturb(): Promise<void> {
  await withConfig(async (path) => {
    await using gateway = new ServedGateway(path);
    const url = new URL(await gateway.warm());
    for (
      const [what, coughs, devices, rounds] of [
        ["whose device hears itself at -20 dB", false, quick ? 2 : 10, quick ? 2 : 10],
        ["during which somebody coughs", true, quick ? 2 : 10, quick ? 2 : 5],
      ] as const
    ) {
      const found = await Promise.all(
        Array.from({ length: devices }, (_, index) => answersBesideNoise(url, index, { rounds, coughs })),
      );
      const answers = found.reduce((sum, one) => sum + one.answers, 0);
      const asked = found.flatMap((one) => one.asked);
      report({
        name: `of ${answers} answers ${what}, those that ended`,
        measured: found.reduce((sum, { ended }) => sum + ended, 0),
        unit: "answers",
        limit: 0,
      });
      report({
        name: `of ${answers} answers ${what}, what was taken as a question`,
        measured: asked.length,
        unit: "questions",
        limit: 0,
        detail: { asked },
      });
    }
  });
}

if (!Deno.args.includes("noise")) await interrupt();
await disturb();
