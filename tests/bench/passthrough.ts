/**
 * The gateway as a relay, against a bare one under the same load in the same run, one after the other: devices stream
 * at real pace, packets go undecoded to a service (in Ogg, as DashScope wants them), which is a sink on this machine
 * that stamps arrivals. Arguments: how many devices, and for how many seconds. A machine that does anything else
 * meanwhile makes the latencies worthless; the generator's own lateness says so.
 *
 * `deno task passthrough`, or `deno run -A --lock=tests/deno.lock tests/bench/passthrough.ts 1000 30`
 */
import { writeWav } from "../../lib/audio/mod.ts";
import { syllables } from "../../lib/device/load/mod.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import { type MeasuredLoad, measureLoad, type UsageProcess } from "./support/load_process.ts";
import type { Arrivals } from "./support/relay_sink.ts";
import { report } from "./support/report.ts";

const [devices = "200", seconds = "15"] = Deno.args;
/** How long an utterance is: devices stream, and turns are few. */
const UTTERANCE_SECONDS = 20;
const CPU_LIMIT = 1.5;
const LATENCY_LIMIT_MS = 20;

interface Measured extends MeasuredLoad {
  readonly arrivals: Arrivals;
}

/** A recording of that length. */
async function writeRecording(path: string): Promise<void> {
  const part = syllables();
  const pcm = new Int16Array(UTTERANCE_SECONDS * 16_000);
  for (let at = 0; at < pcm.length; at += part.length) pcm.set(part.subarray(0, pcm.length - at), at);
  await Deno.writeFile(path, writeWav(pcm, 16_000));
}

const recording = await Deno.makeTempFile({ suffix: ".wav" });
await writeRecording(recording);
await using sink = new MeasuredProcess<{ readonly arrivals: Arrivals }>(
  new URL("./support/relay_sink.ts", import.meta.url),
);
const sinkUrl = (await sink.url()).href;

async function measure(module: string, args: readonly string[]): Promise<Measured> {
  const server = new URL(`./support/${module}.ts`, import.meta.url);
  await using relay: UsageProcess = new MeasuredProcess(server, { args, asStarted: true });
  const url = await relay.url();
  const flags = [
    "--devices",
    devices,
    "--mode",
    "manual",
    "--pause",
    "0s",
    "--stamp",
    "--utterances",
    recording,
  ];
  // A process that has just begun compiles more than it serves.
  await measureLoad(relay, url, [...flags, "--ramp", "2s", "--duration", "4s"]);
  await sink.ask("arrivals");
  const load = await measureLoad(relay, url, [...flags, "--ramp", "5s", "--duration", `${seconds}s`]);
  return { ...load, arrivals: await sink.ask("arrivals") };
}

function detail({ report: { frames, lateMs, turns, generator }, arrivals, ...server }: Measured) {
  return {
    devices: Number(devices),
    packets: frames.sent,
    cpuUsPerPacket: server.cpuUsPerPacket,
    residentMb: server.residentBytes / 1e6,
    latencyMs: arrivals.latencyMs,
    lastLatencyMs: arrivals.lastLatencyMs,
    messages: arrivals.messages,
    generatorLateMs: lateMs,
    generatorCpu: generator?.cpuShare ?? null,
    turns,
  };
}

const bare = await measure("bare_relay", [sinkUrl]);
report({
  name: "bare relay: CPU a packet",
  measured: bare.cpuUsPerPacket,
  unit: "us",
  detail: detail(bare),
});
for (const engine of ["deno", "ws"]) {
  const gateway = await measure("load_gateway", [engine, sinkUrl]);
  const { frames, connections, turns } = gateway.report;
  const { stamps, outOfOrder, lastLatencyMs } = gateway.arrivals;
  const lost = Math.max(0, frames.stamped - stamps - 2 * Number(devices)) + outOfOrder + frames.dropped;
  report({
    // The last utterance of each device has no end, so up to a page of it is never full.
    name:
      `pass-through in Ogg (${engine}): packets lost beyond the last page of each device, or out of order`,
    measured: lost,
    unit: "packets",
    limit: 0,
    exact: true,
    detail: { sent: frames.stamped, arrived: stamps },
  });
  // What does not arrive costs little; no other figure means anything then.
  if (lost > 0) continue;
  report({
    name: `pass-through in Ogg (${engine}): CPU a packet, of a bare relay's`,
    measured: gateway.cpuUsPerPacket / bare.cpuUsPerPacket,
    unit: "x",
    limit: CPU_LIMIT,
    detail: detail(gateway),
  });
  report({
    name: `pass-through in Ogg (${engine}): resident, beyond a bare relay's, a session`,
    measured: (gateway.residentBytes - bare.residentBytes) / Number(devices) / 1e3,
    unit: "KB",
  });
  report({
    name: `pass-through in Ogg (${engine}): p99 of the way of a page's last packet`,
    measured: lastLatencyMs.p99 ?? Infinity,
    unit: "ms",
    limit: LATENCY_LIMIT_MS,
  });
  report({
    name: `pass-through in Ogg (${engine}): utterances without words, lost connections`,
    measured: turns.empty + turns.alert + turns.no_answer + turns.lost + connections.lost,
    unit: "faults",
    limit: 0,
    exact: true,
  });
}
await Deno.remove(recording);
