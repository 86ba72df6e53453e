/**
 * Our own share of the wait for an answer, with 50 conversations at once and services over real sockets that take 100, 400
 * and 200 ms: from the button being let go, which is when the end of speech is known, to the first frame at the device,
 * less what each service took for that very turn, as the services themselves saw it. The devices speak at the pace of
 * speech, and each asks its next question while the others are spoken to. Beside it in the same run: the same three
 * requests by `fetch` and nothing else, in a process of their own.
 *
 * `deno task own-share`, 1 minute
 */
import { delay } from "@std/async";
import { usageOf } from "../../lib/device/load/mod.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import { AnswerDevice } from "./support/answer_device.ts";
import { withAnswering } from "./support/answering_setup.ts";
import type { BareChainAnswers } from "./support/bare_chain.ts";
import type { ServiceRequest } from "./support/emulated_services.ts";
import { questions } from "./support/questions.ts";
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
  /** When the end of speech was known. */
  readonly endMs: number;
  /** From then to the first frame. */
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
    found.push({ key, endMs, tookMs: firstMs - endMs });
    await delay(LISTENS_MS);
    device.abort();
    await delay(200);
  }
  // The first one pays for connections.
  return found.slice(1);
}

/** Where our own share of a turn went, in ms: before each service was asked, and from the first sound to the first frame. */
interface Share {
  readonly words: number;
  readonly model: number;
  readonly voice: number;
  readonly frame: number;
  readonly sum: number;
}

function shareOf({ key, endMs, tookMs }: Turn, requests: readonly ServiceRequest[]): Share {
  const [asr, llm, voice] = (["asr", "llm", "voice"] as const).map((service) => {
    const request = requests.find((one) => one.key === key && one.service === service);
    if (request?.firstMs === undefined) {
      throw new Error(`Cannot measure: a request of turn "${key}" is missing`);
    }
    return { beganMs: request.beganMs, firstMs: request.firstMs };
  });
  if (asr === undefined || llm === undefined || voice === undefined) {
    throw new Error("Cannot measure: no services");
  }
  const parts = {
    words: asr.beganMs - endMs,
    model: llm.beganMs - asr.firstMs,
    voice: voice.beganMs - llm.firstMs,
    frame: endMs + tookMs - voice.firstMs,
  };
  return { ...parts, sum: parts.words + parts.model + parts.voice + parts.frame };
}

await withAnswering(MANNER, {}, async ({ gateway, url, services }) => {
  await using bare = new MeasuredProcess<BareChainAnswers>(
    new URL("./support/bare_chain.ts", import.meta.url),
    { args: [JSON.stringify(await services.ask("urls"))] },
  );
  await bare.url();
  await bare.ask("start");
  const used = await usageOf(gateway.pid);
  const beganMs = performance.now();
  const all = await Promise.all(Array.from({ length: Number(devices) }, (_, index) => converse(url, index)));
  const seconds = (performance.now() - beganMs) / 1_000;
  const cores = (((await usageOf(gateway.pid))?.cpuSeconds ?? NaN) - (used?.cpuSeconds ?? NaN)) / seconds;
  const { turns: bareTurns } = await bare.ask("turns");
  const { requests } = await services.ask("log");
  const shares = all.flat().map((turn) => shareOf(turn, requests));
  // The first ones pay for code that is loaded.
  const bareShares = bareTurns.slice(10).map((turn) => shareOf(turn, requests));
  const of = (shares: readonly Share[], part: keyof Share, share: number) =>
    round(percentile(shares.map((one) => one[part]), share));
  const measured = (share: number) => ({
    measured: of(shares, "sum", share),
    unit: "ms",
    detail: {
      bareMs: of(bareShares, "sum", share),
      ofBare: round(of(shares, "sum", share) / of(bareShares, "sum", share)),
      wordsMs: of(shares, "words", share),
      modelMs: of(shares, "model", share),
      voiceMs: of(shares, "voice", share),
      frameMs: of(shares, "frame", share),
      gatewayCores: round(cores),
      turns: shares.length,
      bareTurns: bareShares.length,
    },
  });
  const name = `our own share of an answer's latency, ${devices} conversations at once`;
  report({ name: `${name}: median`, limit: 15, ...measured(0.5) });
  report({ name: `${name}: 99th percentile`, limit: 60, ...measured(0.99) });
});
