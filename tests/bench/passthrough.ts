/**
 * The gateway as a relay, against a bare one under the same load in the same run, in turn, twice each, and each as it is
 * run, which for the gateway is with the V8 flags of `deno task start`. Devices stream at real pace, packets go undecoded
 * to a service, which is a sink on this machine that stamps arrivals: as they are, and in Ogg as DashScope wants them.
 * Arguments: how many devices, for how many seconds, and the transports. A machine that does anything else meanwhile
 * makes the latencies worthless; the generator's own lateness says so.
 *
 * `deno task passthrough`, or `deno run -A --lock=tests/deno.lock tests/bench/passthrough.ts 1000 30 deno`
 */
import { MeasuredProcess } from "../support/measured_process.ts";
import {
  measureLoad,
  measureSteadyLoad,
  type SteadyLoad,
  type UsageProcess,
} from "./support/load_process.ts";
import { withLongUtterance } from "./support/recording.ts";
import type { Arrivals } from "./support/relay_sink.ts";
import { report } from "./support/report.ts";

const [devices = "200", seconds = "15", ...engines] = Deno.args;
const DEVICES = Number(devices);
/** Each is measured so often, in turn with the others; faults of all runs count, figures of the quietest. */
const ROUNDS = 2;
const LATENCY_LIMIT_MS = 20;
const RESIDENT_LIMIT_KB = 24;
/** Each way of passing packets on; a message holds one. */
const FRAMINGS = [
  { framing: "plain", what: "as they are", cpuLimit: 1.25 },
  { framing: "ogg", what: "in Ogg", cpuLimit: 1.5 },
] as const;

await using sink = new MeasuredProcess<{ readonly arrivals: Arrivals }>(
  new URL("./support/relay_sink.ts", import.meta.url),
);
const sinkUrl = (await sink.url()).href;

/** What was measured, and what the process had of the machine's memory before any device came. */
type Measured = SteadyLoad & { readonly emptyBytes: number };

async function measure(
  { module, args, asStarted }: Omit<MeasuredServer, "key">,
  recording: string,
): Promise<Measured> {
  const server = new URL(`./support/${module}.ts`, import.meta.url);
  await using relay: UsageProcess = new MeasuredProcess(server, { args, asStarted });
  const url = await relay.url();
  const { residentBytes: emptyBytes } = await relay.ask("usage");
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
  const load = await measureSteadyLoad(relay, { url, sink, flags, rampSeconds: 8, seconds: Number(seconds) });
  return { ...load, emptyBytes };
}

function detail(
  { report: { frames, lateMs, generator }, steady, cpuUsPerPacket, residentBytes }: Measured,
) {
  return {
    devices: DEVICES,
    packets: frames.sent,
    cpuUsPerPacket,
    residentMb: residentBytes / 1e6,
    latencyMs: steady.latencyMs,
    lastLatencyMs: steady.lastLatencyMs,
    messages: steady.messages,
    generatorLateMs: lateMs,
    generatorCpu: generator?.cpuShare ?? null,
  };
}

/** A server that is measured, and whether V8 is told what `deno task start` tells it. */
interface MeasuredServer {
  readonly key: string;
  readonly module: string;
  readonly args: readonly string[];
  readonly asStarted: boolean;
}

/** The relay as Deno runs it, which is what everything is compared with, and two more for who wants to know. */
const RELAYS = [
  { key: "bare", name: "bare relay", args: [sinkUrl], asStarted: false },
  { key: "tuned", name: "bare relay with the gateway's V8 flags", args: [sinkUrl], asStarted: true },
  { key: "deaf", name: "bare relay that never pings", args: [sinkUrl, "for-ever"], asStarted: false },
] as const;

const SERVERS: readonly MeasuredServer[] = [
  ...RELAYS.map(({ key, args, asStarted }) => ({ key, module: "bare_relay", args, asStarted })),
  ...(engines.length === 0 ? ["deno", "ws"] : engines).flatMap((engine) =>
    FRAMINGS.map(({ framing }) => ({
      key: `${engine} ${framing}`,
      module: "load_gateway",
      args: [engine, sinkUrl, framing],
      asStarted: true,
    }))
  ),
];

/** What got lost, came twice or out of order, and connections that were lost. */
function faults({ report: { frames, connections }, arrived }: Measured): number {
  return Math.max(0, frames.stamped - arrived.stamps) + arrived.outOfOrder + frames.dropped +
    connections.lost;
}

const runs = new Map<string, Measured[]>();
await withLongUtterance(async (recording) => {
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of SERVERS) {
      runs.set(server.key, [...runs.get(server.key) ?? [], await measure(server, recording)]);
    }
  }
});

/** The run in which the machine was disturbed least. */
function best(key: string): Measured {
  const [first, ...others] = runs.get(key) ?? [];
  if (first === undefined) throw new Error(`Cannot report: ${key} was not measured`);
  return others.reduce((least, run) => run.cpuUsPerPacket < least.cpuUsPerPacket ? run : least, first);
}

const bare = best("bare");
for (const { name, key } of RELAYS) {
  const load = best(key);
  report({ name: `${name}: CPU a packet`, measured: load.cpuUsPerPacket, unit: "us", detail: detail(load) });
}
for (const { key } of SERVERS) {
  const [engine, framing] = key.split(" ");
  const way = FRAMINGS.find((one) => one.framing === framing);
  if (way === undefined) continue;
  const gateway = best(key);
  const name = `pass-through ${way.what} (${engine})`;
  const lost = (runs.get(key) ?? []).reduce((sum, run) => sum + faults(run), 0);
  report({
    name: `${name}: packets lost or out of order, connections lost, in all runs`,
    measured: lost,
    unit: "faults",
    limit: 0,
    exact: true,
    detail: { sent: gateway.report.frames.stamped, arrived: gateway.arrived.stamps },
  });
  // What does not arrive costs little; no other figure means anything then.
  if (lost > 0) continue;
  report({
    name: `${name}: CPU a packet, of a bare relay's`,
    measured: gateway.cpuUsPerPacket / bare.cpuUsPerPacket,
    unit: "x",
    limit: way.cpuLimit,
    detail: { ...detail(gateway), allUs: (runs.get(key) ?? []).map((run) => run.cpuUsPerPacket) },
  });
  report({
    name: `${name}: p99 of a message's way to the service`,
    measured: gateway.steady.lastLatencyMs.p99 ?? Infinity,
    unit: "ms",
    limit: LATENCY_LIMIT_MS,
  });
  report({
    name: `${name}: resident a session, beyond a bare relay's`,
    measured: (gateway.residentBytes - bare.residentBytes) / DEVICES / 1e3,
    unit: "KB",
    limit: RESIDENT_LIMIT_KB,
  });
  const tuned = best("tuned");
  report({
    name: `${name}: resident a session, beyond a bare relay's with the gateway's V8 flags`,
    measured: (gateway.residentBytes - tuned.residentBytes) / DEVICES / 1e3,
    unit: "KB",
    detail: {
      gatewayMb: gateway.residentBytes / 1e6,
      relayMb: tuned.residentBytes / 1e6,
      gatewayEmptyMb: gateway.emptyBytes / 1e6,
      relayEmptyMb: tuned.emptyBytes / 1e6,
    },
  });
}
