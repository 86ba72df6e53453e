/**
 * How late the detector is with 100 devices talking at once: real devices' sound at real pace, decoded, judged by the
 * real engine, cut by our own endpointing; recognition is a wait. Arguments: how many devices, for how many seconds, and
 * in which mode.
 *
 * `deno run -A --lock=tests/deno.lock tests/bench/vad_load.ts`
 */
import type { ProcessUsage } from "../../lib/device/load/mod.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import { speechClips, speechPath } from "../support/speech.ts";
import { measureLoad } from "./support/load_process.ts";
import { report } from "./support/report.ts";

const [devices = "100", seconds = "20", mode = "auto"] = Deno.args;
/** A batch is due after 32 ms; the rest is the model. */
const LIMIT_MS = 50;

type Answers = {
  readonly usage: ProcessUsage & { readonly engine?: ProcessUsage };
  readonly lateness: { readonly metrics: string };
};

/** How many verdicts came within each bound, by the bound in ms; `Infinity` for all. */
function verdictsWithin(metrics: string): ReadonlyMap<number, number> {
  const lines = metrics.matchAll(/^earshot_vad_lateness_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm);
  return new Map([...lines].map(([, bound, count]) => [
    bound === "+Inf" ? Infinity : Number(bound) * 1_000,
    Number(count),
  ]));
}

await using gateway = new MeasuredProcess<Answers>(new URL("./support/vad_gateway.ts", import.meta.url), {
  asStarted: true,
});
const url = await gateway.url();
const flags = [
  "--devices",
  devices,
  "--mode",
  mode,
  "--pause",
  "1s",
  "--utterances",
  ...speechClips().map(({ file }) => speechPath(file)),
];
await measureLoad(gateway, url, [...flags, "--ramp", "2s", "--duration", "3s"]);
const before = verdictsWithin((await gateway.ask("lateness")).metrics);
const used = await gateway.ask("usage");
const load = await measureLoad(gateway, url, [...flags, "--ramp", "5s", "--duration", `${seconds}s`]);
const after = verdictsWithin((await gateway.ask("lateness")).metrics);
const usage = await gateway.ask("usage");
const between = (bound: number) => (after.get(bound) ?? 0) - (before.get(bound) ?? 0);
const all = between(Infinity);
const p99Ms = [...after.keys()].find((bound) => between(bound) >= 0.99 * all) ?? Infinity;
const cpuSeconds = (now?: ProcessUsage, then?: ProcessUsage) =>
  (now?.cpuSeconds ?? NaN) - (then?.cpuSeconds ?? NaN);
const { turns, lateMs, frames, latencyMs } = load.report;
report({
  name: `${devices} devices through voice detection: p99 lateness of a verdict is at most`,
  measured: p99Ms,
  unit: "ms",
  limit: LIMIT_MS,
  detail: {
    verdicts: all,
    withinLimit: between(LIMIT_MS) / all,
    gatewayCpuSeconds: cpuSeconds(usage, used),
    engineCpuSeconds: cpuSeconds(usage.engine, used.engine),
    packets: frames.sent,
    textMs: latencyMs.text,
    generatorLateMs: lateMs,
    turns,
  },
});
report({
  name: `${devices} devices through voice detection: packets left out, turns without an answer`,
  measured: frames.dropped + turns.no_answer + turns.alert + turns.lost,
  unit: "faults",
  limit: 0,
  exact: true,
});
