/**
 * What a service that ends sentences is sent, and so paid for, a sentence, and how long after the last word its words are
 * at the device: the gateway beside the least that a server can do (`support/bare_hearing.ts`), which
 * does what the Python server does. Devices speak real clips in auto mode, after 1 s in which their microphones hear a
 * quiet room each time. The service is an emulated NLS which ends a sentence after 700 ms
 * of quiet in what it gets, and tells it 100 ms later. Each way is measured three times, in turn. Arguments: how many
 * devices, and for how many seconds.
 *
 * `deno task service-sound`, 5 minutes
 */
import type { LoadReport } from "../../lib/cli/load_table.ts";
import { writeWav } from "../../lib/audio/mod.ts";
import { earshot } from "../support/cli.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import { noise } from "../support/noise.ts";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import { speechClips } from "../support/speech.ts";
import { percentile, report, round } from "./support/report.ts";
import { SentenceService, type SentSound } from "./support/sentence_service.ts";

const [devices = "10", seconds = "20"] = Deno.args;
const ROUNDS = 3;
const MANNER = { endSilenceMs: 700, delayMs: 100 };
const PAUSE_SAMPLES = 16_000;
/** White noise that is as loud has -60 dB to full scale. */
const ROOM_PEAK = 57;
const FORMATS = ["pcm", "opus"] as const;
const SENDERS = ["Earshot", "reference"] as const;

/** One round of one way. */
interface Round {
  readonly load: LoadReport;
  readonly sent: SentSound;
}

/** A clip in a room in which nobody speaks before. */
function inRoom(pcm: Int16Array): Int16Array {
  const room = noise(pcm.length + PAUSE_SAMPLES, ROOM_PEAK);
  return room.map((sample, at) =>
    Math.max(-32_768, Math.min(32_767, sample + (pcm[at - PAUSE_SAMPLES] ?? 0)))
  );
}

const dir = await Deno.makeTempDir();
const clips = await Promise.all(
  speechClips().map(async ({ file, pcm }) => {
    const path = `${dir}/${file}`;
    await Deno.writeFile(path, writeWav(inRoom(pcm), 16_000));
    return path;
  }),
);

async function measure(url: string, service: SentenceService): Promise<Round> {
  const times = ["--ramp", "2s", "--duration", `${seconds}s`, "--pause", "0s"];
  service.take();
  const command = earshot([
    ...["load", "--json", "--url", url, "--devices", devices, "--mode", "auto"],
    ...[...times, "--utterances", ...clips],
  ]);
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`Cannot go on: ${new TextDecoder().decode(stderr)}`);
  return { load: JSON.parse(new TextDecoder().decode(stdout)), sent: service.take() };
}

async function measureGateway(format: (typeof FORMATS)[number]): Promise<Round> {
  await using service = new SentenceService(MANNER);
  const config = JSON.stringify({
    nls: {
      type: "aliyunNls",
      url: service.url,
      appKey: "bench",
      token: { env: "BENCH_NLS_TOKEN" },
      encoding: format,
    },
  });
  let measured: Round | undefined;
  await withConfig(async (path) => {
    await using gateway = new ServedGateway(path, { BENCH_NLS_TOKEN: "bench" });
    measured = await measure(await gateway.warm(), service);
    await gateway.end("SIGTERM");
  }, `asr: ${config}\nagents: { default: { asr: nls, llm: none } }\n`);
  if (measured === undefined) throw new Error("Cannot go on: the gateway was not measured");
  return measured;
}

async function measureReference(format: (typeof FORMATS)[number]): Promise<Round> {
  await using service = new SentenceService(MANNER);
  await using server = new MeasuredProcess(new URL("./support/bare_hearing.ts", import.meta.url), {
    args: [service.url, format],
  });
  return await measure((await server.url()).href, service);
}

/** The median over the rounds. */
function median(rounds: readonly Round[], of: (round: Round) => number): number {
  return round(percentile(rounds.map(of), 0.5));
}

const each = (of: (sent: SentSound) => number) => ({ sent }: Round) => of(sent) / sent.sentences / 1_000;

function summary(rounds: readonly Round[]) {
  return {
    sentSeconds: median(rounds, each(({ allMs }) => allMs)),
    leadSeconds: median(rounds, each(({ leadMs }) => leadMs)),
    sentenceSeconds: median(rounds, each(({ sentenceMs }) => sentenceMs)),
    afterEndSeconds: median(rounds, each(({ restMs }) => restMs)),
    messages: median(rounds, ({ sent }) => sent.messages / sent.sentences),
    textP50Ms: median(rounds, ({ load }) => load.latencyMs.text.p50 ?? NaN),
    textP90Ms: median(rounds, ({ load }) => load.latencyMs.text.p90 ?? NaN),
    sentences: rounds.reduce((sum, { sent }) => sum + sent.sentences, 0),
    unanswered: rounds.reduce((sum, { load: { turns } }) => sum + turns.no_answer + turns.alert, 0),
    eachSeconds: rounds.map((one) => round(each(({ allMs }) => allMs)(one))),
    eachP50Ms: rounds.map(({ load }) => round(load.latencyMs.text.p50 ?? NaN)),
  };
}

for (const format of FORMATS) {
  const rounds = new Map<string, Round[]>(SENDERS.map((sender) => [sender, []]));
  for (let turn = 0; turn < ROUNDS; turn++) {
    rounds.get("Earshot")?.push(await measureGateway(format));
    rounds.get("reference")?.push(await measureReference(format));
  }
  const [own, bare] = SENDERS.map((sender) => summary(rounds.get(sender) ?? []));
  if (own === undefined || bare === undefined) throw new Error("Cannot report: nothing was measured");
  report({
    name: `sound that a service is sent a sentence (${format}), of what a bare sender sends`,
    measured: own.sentSeconds / bare.sentSeconds,
    unit: "x",
    detail: { earshot: own, reference: bare },
  });
  report({
    name: `text after the last word (${format}) beyond a bare sender's, at the median`,
    measured: own.textP50Ms - bare.textP50Ms,
    unit: "ms",
    detail: { p90Ms: own.textP90Ms - bare.textP90Ms },
  });
}
await Deno.remove(dir, { recursive: true });
