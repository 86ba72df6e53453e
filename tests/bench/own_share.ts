/**
 * Our own share of the wait for an answer, with 50 conversations at once and services over real sockets that take 100, 400
 * and 200 ms: from the button being let go, which is when the end of speech is known, to the first frame at the device,
 * less what each service took for that very turn, as the services themselves saw it. The devices speak at the pace of
 * speech, and each asks its next question while the others are spoken to.
 *
 * `deno run -A --lock=tests/deno.lock tests/bench/own_share.ts`, 1 minute
 */
import { delay } from "@std/async";
import { AnswerDevice } from "./support/answer_device.ts";
import { withAnswering } from "./support/answering_setup.ts";
import type { ServiceRequest } from "./support/emulated_services.ts";
import { questions } from "./support/last_word.ts";
import { percentile, report, round } from "./support/report.ts";

const [devices = "50", turns = "6"] = Deno.args;
const MANNER = { asrMs: 100, llmMs: 400, voiceMs: 200 };
/** Each device begins its turns at a place of its own within so many ms. */
const SPREAD_MS = 6_000;
/** How long it listens to each answer. */
const LISTENS_MS = 2_500;
const said = questions();

interface Turn {
  readonly key: string;
  /** From the end of speech being known to the first frame. */
  readonly tookMs: number;
}

async function converse(url: URL, index: number): Promise<readonly Turn[]> {
  await using device = await AnswerDevice.open({ url, index, mode: "manual" });
  await delay(SPREAD_MS * index / Number(devices));
  const found: Turn[] = [];
  for (let turn = 0; turn < Number(turns); turn++) {
    const pcm = said[(index + turn) % said.length];
    if (pcm === undefined) continue;
    const [answers, words] = [device.answers.length, device.heard.length];
    device.listen();
    await device.speak(pcm);
    const endMs = device.release();
    const firstMs = await device.firstFrameOf(answers);
    const key = device.heard.slice(words).map(({ text }) => /\bk\d+\b/.exec(text)?.[0]).find(Boolean) ?? "";
    found.push({ key, tookMs: firstMs - endMs });
    await delay(LISTENS_MS);
    device.abort();
    await delay(200);
  }
  // The first one pays for connections.
  return found.slice(1);
}

/** What the services took of a turn until there was something to go on with; `undefined` where a request is missing. */
function servicesMs(requests: readonly ServiceRequest[]): number | undefined {
  let sumMs = 0;
  for (const service of ["asr", "llm", "voice"] as const) {
    const [first] = requests.filter((request) => request.service === service);
    if (first?.firstMs === undefined) return undefined;
    sumMs += first.firstMs - first.beganMs;
  }
  return sumMs;
}

await withAnswering(MANNER, {}, async ({ url, services }) => {
  const all = await Promise.all(Array.from({ length: Number(devices) }, (_, index) => converse(url, index)));
  const { requests } = await services.ask("log");
  const byKey = Map.groupBy(requests, ({ key }) => key);
  const shares: number[] = [];
  const serviceMs: number[] = [];
  for (const { key, tookMs } of all.flat()) {
    const services = servicesMs(byKey.get(key) ?? []);
    if (services === undefined) throw new Error(`Cannot measure: a request of turn "${key}" is missing`);
    shares.push(tookMs - services);
    serviceMs.push(services);
  }
  const detail = {
    turns: shares.length,
    worstMs: round(Math.max(...shares)),
    servicesMs: { median: round(percentile(serviceMs, 0.5)), p99: round(percentile(serviceMs, 0.99)) },
  };
  report({
    name: `our own share of an answer's latency, ${devices} conversations at once: median`,
    measured: percentile(shares, 0.5),
    unit: "ms",
    limit: 15,
    detail,
  });
  report({ name: "the same, 99th percentile", measured: percentile(shares, 0.99), unit: "ms", limit: 60 });
});
