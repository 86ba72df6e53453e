import { delay } from "@std/async";
import type { LoadReport } from "../../../lib/cli/load_table.ts";
import { usageOf } from "../../../lib/device/load/mod.ts";
import { earshot } from "../../support/cli.ts";
import { MeasuredProcess } from "../../support/measured_process.ts";
import { bucketsIn, lossesIn, quantileBetween } from "./metrics_text.ts";
import { TreeGateway } from "./tree_gateway.ts";

/** How long the service thinks once the sound has ended, in ms. */
const SERVICE_MS = 100;
const END_SILENCE_MS = 700;
/** Short, so that the devices speak for most of the time: a device waits for its text, too. */
const PAUSE_MS = 300;
const FRAME_SECONDS = 0.06;
/** As many as may speak at once. */
const MAX_STREAMS = 2_000;
/** From the last device having come to what is counted: V8 has compiled by then. */
const SETTLE_SECONDS = 5;
const DEVICES_A_SECOND = 50;

/** What is measured. */
export interface CostRow {
  readonly mode: "auto" | "button";
  readonly devices: number;
}

/** What one run has found; CPU is that of the time in which nobody comes or goes. */
export interface CostFigures {
  /** CPU for a second of a device that is connected, in ms. */
  readonly gatewayMs: number;
  readonly engineMs: number;
  readonly bothMs: number;
  /** CPU as a share of one core. */
  readonly gatewayCores: number;
  readonly mainCores: number;
  readonly engineCores: number;
  readonly generatorCores: number;
  readonly serviceCores: number;
  /** Gateway and engine, at the end of that time. */
  readonly residentMb: number;
  /** From the last sound of an utterance to its text, silence and all, in ms. */
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  /** How late a verdict of voice detection is, in ms; NaN where nobody asks for one. */
  readonly verdictP99Ms: number;
  /** Packets, frames and jobs that were dropped, refused or failed, from the first device to the last. */
  readonly lost: number;
  /** Turns without a text. */
  readonly unanswered: number;
  /** Turns that were ended before their speech was over. */
  readonly cutShort: number;
  /** The share of their time in which the devices speak. */
  readonly voicedShare: number;
  /** How late the generator was with a packet, in ms. */
  readonly generatorLateMs: number;
}

/** Options of {@linkcode measureCost}. */
export interface CostRunOptions {
  /** The checkout whose gateway it is. */
  readonly tree: string;
  readonly row: CostRow;
  /** How long is counted. */
  readonly seconds: number;
  /** WAV files with no silence at either end. */
  readonly clips: readonly string[];
  readonly signal: AbortSignal;
}

/** Starts a gateway and its service, lets devices talk to it, and counts. */
export async function measureCost(
  { tree, row, seconds, clips, signal }: CostRunOptions,
): Promise<CostFigures> {
  const { devices } = row;
  await using service = new MeasuredProcess(new URL("./funasr_process.ts", import.meta.url), {
    args: [String(SERVICE_MS)],
  });
  await using gateway = await TreeGateway.start(
    tree,
    `asr: { lan: { type: funasr, url: "${
      (await service.url()).href
    }", endpointing: vad, maxStreams: ${MAX_STREAMS} } }
vad: { endSilenceMs: ${END_SILENCE_MS} }
agents: { default: { llm: none } }
`,
  );
  const flags = [
    "--mode",
    row.mode === "auto" ? "auto" : "manual",
    "--pause",
    `${PAUSE_MS}ms`,
    "--utterances",
  ];
  const rampSeconds = Math.max(1, devices / DEVICES_A_SECOND);
  const durationSeconds = SETTLE_SECONDS + seconds + 2 + rampSeconds / 2;
  const times = ["--devices", `${devices}`, "--ramp", `${rampSeconds}s`, "--duration", `${durationSeconds}s`];
  await using load = new Load(gateway.url, [...times, ...flags, ...clips]);
  const look = async () => ({
    atMs: performance.now(),
    ...await gateway.usage(),
    generator: await usageOf(load.pid),
    service: await usageOf(service.pid),
    metrics: await gateway.metrics(),
  });
  const first = await gateway.metrics();
  await Promise.race([load.report, allCome(gateway, devices, signal)]);
  await delay(SETTLE_SECONDS * 1_000, { signal });
  const before = await look();
  await delay(seconds * 1_000, { signal });
  const after = await look();
  if (sessionsIn(after.metrics) < devices) throw new Error("Cannot go on: devices have gone too early");
  const report = await load.report;
  const last = await gateway.metrics();

  const tookSeconds = (after.atMs - before.atMs) / 1_000;
  const cores = (of: (looked: typeof before) => number | undefined) =>
    ((of(after) ?? NaN) - (of(before) ?? NaN)) / tookSeconds;
  const gatewayCores = cores(({ gateway }) => gateway.cpuSeconds);
  const engineCores = cores(({ engine }) => engine.cpuSeconds);
  const { turns, frames, latencyMs: { text } } = report;
  // They come one after the other, so that each is there for half of the ramp.
  const deviceSeconds = devices * (durationSeconds + rampSeconds / 2);
  return {
    gatewayMs: gatewayCores * 1e3 / devices,
    engineMs: engineCores * 1e3 / devices,
    bothMs: (gatewayCores + engineCores) * 1e3 / devices,
    gatewayCores,
    mainCores: cores(({ gateway }) => gateway.mainCpuSeconds),
    engineCores,
    generatorCores: cores(({ generator }) => generator?.cpuSeconds),
    serviceCores: cores(({ service }) => service?.cpuSeconds),
    residentMb: (after.gateway.residentBytes + after.engine.residentBytes) / 1e6,
    p50Ms: text.p50 ?? NaN,
    p90Ms: text.p90 ?? NaN,
    p99Ms: text.p99 ?? NaN,
    verdictP99Ms: 1e3 *
      quantileBetween(bucketsIn(before.metrics, VERDICTS), bucketsIn(after.metrics, VERDICTS), 0.99),
    lost: lossesIn(last) - lossesIn(first) + frames.dropped,
    unanswered: turns.no_answer + turns.alert + turns.lost + turns.empty,
    cutShort: report.cutShort,
    voicedShare: frames.spoken * FRAME_SECONDS / deviceSeconds,
    generatorLateMs: report.lateMs.p99 ?? NaN,
  };
}

const VERDICTS = "earshot_vad_lateness_seconds";

/** `earshot load` in a process of its own. */
class Load implements AsyncDisposable {
  /** What it has found; rejects when it fails. */
  readonly report: Promise<LoadReport>;
  readonly #child: Deno.ChildProcess;

  constructor(url: URL, flags: readonly string[]) {
    this.#child = earshot(["load", "--json", "--url", url.href, ...flags]).spawn();
    this.report = this.#result();
    this.report.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.report.catch(() => {});
  }

  async #result(): Promise<LoadReport> {
    const { success, stdout, stderr } = await this.#child.output();
    if (!success) throw new Error(`Cannot go on: ${new TextDecoder().decode(stderr)}`);
    return JSON.parse(new TextDecoder().decode(stdout));
  }
}

async function allCome(gateway: TreeGateway, devices: number, signal: AbortSignal): Promise<void> {
  while (sessionsIn(await gateway.metrics()) < devices) await delay(250, { signal });
}

function sessionsIn(metrics: string): number {
  return Number(/^earshot_sessions (\d+)$/m.exec(metrics)?.[1]);
}
