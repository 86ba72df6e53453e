/**
 * What people wait for their words at twice what the machine holds, beside half of it, and how soon the rest are told that
 * they are not heard: devices in auto mode at real pace, recognition is a wait. Arguments: how many devices the machine
 * holds, for how many seconds, how many ms an emulated detector takes for a frame of 32 ms (empty: the real one), how long a
 * device pauses, and `limits.session.hearingLateMs`.
 *
 * `deno task overload 300`, or `deno task overload 60 40 0.53` where another program keeps the machine busy; 3 minutes
 */
import type { OverloadStats } from "../../lib/session/mod.ts";
import type { ProcessUsage } from "../../lib/device/load/mod.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import { measureLoad } from "./support/load_process.ts";
import { report, round } from "./support/report.ts";

const [holds = "300", seconds = "60", frameMs = "", pause = "1s", lateMs = "150"] = Deno.args;
/** How much longer who is heard may wait than with half as many as the machine holds. */
const LIMIT_TIMES = 1.5;
/** How soon the others are told, in ms. */
const TOLD_MS = 1_000;

type Answers = {
  readonly usage: ProcessUsage;
  readonly overload: OverloadStats;
  readonly metrics: { readonly metrics: string };
};

await using gateway = new MeasuredProcess<Answers>(
  new URL("./support/overload_gateway.ts", import.meta.url),
  { args: [frameMs, lateMs], asStarted: true },
);
const url = await gateway.url();

/** A load of so many, and what the gateway says when it is at its fullest. */
async function loadOf(devices: number, duration = seconds) {
  const flags = ["--devices", String(Math.round(devices)), "--pause", pause, "--ramp", "10s"];
  const running = measureLoad(gateway, url, [...flags, "--duration", `${duration}s`]);
  const seen: OverloadStats[] = [];
  const watch = setInterval(async () => seen.push(await gateway.ask("overload")), 1_000);
  const load = await running.finally(() => clearInterval(watch));
  return { ...load.report, seen: seen.slice(15) };
}

/** The sum of a counter's values, by one of its labels. */
function counted(metrics: string, line: string): number {
  return Number(metrics.split("\n").find((each) => each.startsWith(`${line} `))?.split(" ")[1] ?? NaN);
}

await loadOf(Number(holds) / 10, "3");
const usual = await loadOf(Number(holds) / 2);
const full = await loadOf(2 * Number(holds));
const { metrics } = await gateway.ask("metrics");
const heard = full.seen.map(({ heard }) => heard);
const shown = {
  turnsRefused: counted(metrics, `earshot_overload_refused_total{what="turn"}`),
  devicesRefused: counted(metrics, `earshot_overload_refused_total{what="device"}`),
  heardLeast: Math.min(...heard),
  heardMost: Math.max(...heard),
  limits: full.seen.map(({ limit }) => limit),
  ratios: full.seen.map(({ ratio }) => round(ratio)),
};
const times = (share: "p50" | "p99") =>
  (full.latencyMs.text[share] ?? NaN) / (usual.latencyMs.text[share] ?? NaN);
for (const share of ["p50", "p99"] as const) {
  report({
    name: `${
      2 * Number(holds)
    } devices where ${holds} are held: ${share} of the time to the text, beside half`,
    measured: times(share),
    unit: "times",
    limit: LIMIT_TIMES,
    detail: { usualMs: usual.latencyMs.text, fullMs: full.latencyMs.text, turns: full.turns, ...shown },
  });
}
report({
  name: `${2 * Number(holds)} devices where ${holds} are held: p99 until who is not heard is told`,
  measured: full.latencyMs.refusal.p99 ?? NaN,
  unit: "ms",
  limit: TOLD_MS,
  detail: {
    toldMs: full.latencyMs.refusal,
    connections: full.connections,
    usualTurns: usual.turns,
    generatorLateMs: full.lateMs,
  },
});
report({
  name: `${
    2 * Number(holds)
  } devices where ${holds} are held: utterances that nobody heard and nobody was told of`,
  measured: full.turns.no_answer + full.turns.lost,
  unit: "utterances",
});
report({
  name: `${2 * Number(holds)} devices where ${holds} are held: the metrics count who was refused`,
  measured: shown.turnsRefused + shown.devicesRefused,
  unit: "refusals",
  limit: 1,
  atLeast: true,
});
