/**
 * How evenly devices are spoken to, judged at the devices, which are in another process: 100 at once, whose sound is
 * encoded for each; 100 whose network stalls for 0.3 to 3 s again and again, on either transport; 500 who hear sentences
 * that ship, which pass without encoding. A bare 60 ms timer of an idle process runs beside them. Arguments: the
 * transport, for how many seconds, how many devices, and how many that hear sentences that ship.
 *
 * `deno task pacing`, 2 minutes
 */
import type { ProcessUsage } from "../../lib/device/load/mod.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import { TRANSPORTS } from "../support/test_gateway.ts";
import type { AnsweringAnswers } from "./support/answering_process.ts";
import type { PacingAnswers, PacingLoad } from "./support/pacing_devices.ts";
import { percentile, report, round } from "./support/report.ts";

const [transport = "deno", seconds = "25", devices = "100", listeners = "500"] = Deno.args;
const FRAME_MS = 60;
/** The queue of firmware. */
const MOST_FRAMES = 40;
/** After so many frames the lead has grown: from then on one is sent each 60 ms. */
const GROWN_FRAMES = 60;
/** How late frames may leave beyond what the machine makes any timer be late, 99th percentile. */
const LATE_MS = 15;

/** A timer of a process that does nothing else, and how late it was, in ms. */
class BareTimer {
  readonly lateMs: number[] = [];
  #dueMs = performance.now() + FRAME_MS;
  #timer = setTimeout(() => this.#beat(), FRAME_MS);

  stop(): void {
    clearTimeout(this.#timer);
  }

  #beat(): void {
    const nowMs = performance.now();
    this.lateMs.push(nowMs - this.#dueMs);
    while (this.#dueMs <= nowMs) this.#dueMs += FRAME_MS;
    this.#timer = setTimeout(() => this.#beat(), this.#dueMs - nowMs);
  }
}

/** How many frames left within each bound, by the bound in ms. */
function lateFrames(metrics: string): ReadonlyMap<number, number> {
  const lines = metrics.matchAll(/^earshot_frame_late_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm);
  return new Map([...lines].map(([, bound, count]) => [
    bound === "+Inf" ? Infinity : Number(bound) * 1_000,
    Number(count),
  ]));
}

/** The smallest bound of the histogram that the share of the frames keeps. */
function boundOf(frames: ReadonlyMap<number, number>, share: number): number {
  const all = frames.get(Infinity) ?? 0;
  return [...frames.keys()].find((bound) => (frames.get(bound) ?? 0) >= share * all) ?? Infinity;
}

interface Measured {
  readonly found: PacingAnswers["run"];
  readonly gatewayLate: ReadonlyMap<number, number>;
  readonly bareLateMs: readonly number[];
  /** CPU of the gateway while the devices were spoken to, in s. */
  readonly cpuSeconds: number;
}

async function measure(load: PacingLoad, over = transport): Promise<Measured> {
  const sentences = String(Math.ceil(Number(seconds) / 5));
  await using gateway = new MeasuredProcess<AnsweringAnswers>(
    new URL("./support/answering_process.ts", import.meta.url),
    { args: [over, sentences], asStarted: true },
  );
  const url = (await gateway.url()).href;
  await using devices = new MeasuredProcess<PacingAnswers>(
    new URL("./support/pacing_devices.ts", import.meta.url),
    { args: [url, JSON.stringify(load)] },
  );
  await devices.url();
  const timer = new BareTimer();
  const before: ProcessUsage = await gateway.ask("usage");
  const found = await devices.ask("run");
  const after: ProcessUsage = await gateway.ask("usage");
  timer.stop();
  return {
    found,
    gatewayLate: lateFrames((await gateway.ask("metrics")).text),
    bareLateMs: timer.lateMs,
    cpuSeconds: (after.cpuSeconds ?? NaN) - (before.cpuSeconds ?? NaN),
  };
}

/** How late each frame came at its device, against the earliest of its answer, once one came each 60 ms. */
function lateAtDevices({ answers }: PacingAnswers["run"]): readonly number[] {
  return answers.flatMap(({ framesMs }) => {
    const offsets = framesMs.map((atMs, index) => atMs - index * FRAME_MS).slice(GROWN_FRAMES);
    const earliest = Math.min(...offsets);
    return offsets.map((offset) => offset - earliest);
  });
}

const sumOf = ({ answers }: PacingAnswers["run"], key: "frames" | "overflowed" | "ranEmpty") =>
  answers.reduce((sum, answer) => sum + answer[key], 0);

/** How much sound came, in device-seconds. */
const secondsOf = (found: PacingAnswers["run"]) => sumOf(found, "frames") * FRAME_MS / 1_000;

function reportQueues(who: string, { found }: Measured, { stalls }: { readonly stalls: boolean }): void {
  report({
    name: `${who}: frames that overflowed a queue of ${MOST_FRAMES}`,
    measured: sumOf(found, "overflowed"),
    unit: "frames",
    limit: 0,
    detail: {
      frames: sumOf(found, "frames"),
      mostHeld: Math.max(...found.answers.map(({ mostHeld }) => mostHeld)),
      answers: found.answers.length,
      stray: found.stray,
      stalls: found.answers.reduce((sum, answer) => sum + answer.stalls, 0),
    },
  });
  if (stalls) return;
  report({
    name: `${who}: times that a queue ran empty within a piece`,
    measured: sumOf(found, "ranEmpty"),
    unit: "times",
    limit: 0,
    detail: { emptyMs: Math.round(found.answers.reduce((sum, { emptyMs }) => sum + emptyMs, 0)) },
  });
}

function reportLateness(who: string, { found, gatewayLate, bareLateMs }: Measured): void {
  const late = lateAtDevices(found);
  const bareMs = percentile(bareLateMs, 0.99);
  report({
    name: `${who}: how late frames come at the device, 99th percentile, beyond a bare timer's`,
    measured: percentile(late, 0.99) - bareMs,
    unit: "ms",
    limit: LATE_MS,
    detail: {
      deviceMs: { median: round(percentile(late, 0.5)), p99: round(percentile(late, 0.99)) },
      gatewayAtMostMs: { median: boundOf(gatewayLate, 0.5), p99: boundOf(gatewayLate, 0.99) },
      bareTimerMs: { median: round(percentile(bareLateMs, 0.5)), p99: round(bareMs) },
      frames: late.length,
    },
  });
}

{
  const who = `${devices} devices spoken to at once`;
  const measured = await measure({ devices: Number(devices), seconds: Number(seconds), what: "answers" });
  reportQueues(who, measured, { stalls: false });
  reportLateness(who, measured);
  report({
    name: `${who}: CPU of the gateway for a second of speaking to a device`,
    measured: measured.cpuSeconds * 1_000 / secondsOf(measured.found),
    unit: "ms",
    detail: { deviceSeconds: Math.round(secondsOf(measured.found)) },
  });
}
for (const { name } of TRANSPORTS) {
  const load = { devices: Number(devices), seconds: Number(seconds), what: "answers", stalls: true } as const;
  const who = `${devices} devices whose network stalls for 0.3 to 3 s, transport ${name}`;
  reportQueues(who, await measure(load, name), { stalls: true });
}
{
  const who = `${listeners} devices that hear sentences that ship`;
  const measured = await measure({ devices: Number(listeners), seconds: Number(seconds), what: "greetings" });
  reportQueues(who, measured, { stalls: false });
  report({
    name: `${who}: CPU of the gateway for a second of speaking to a device`,
    measured: measured.cpuSeconds * 1_000 / secondsOf(measured.found),
    unit: "ms",
    detail: {
      deviceSeconds: Math.round(secondsOf(measured.found)),
      gatewayAtMostMs: {
        median: boundOf(measured.gatewayLate, 0.5),
        p99: boundOf(measured.gatewayLate, 0.99),
      },
      bareTimerMs: { p99: round(percentile(measured.bareLateMs, 0.99)) },
    },
  });
}
