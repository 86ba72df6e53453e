/**
 * What passing a device's Opus on to a service costs, against a bare relay with the same outbound sockets under the
 * same load in the same run, one after the other. Arguments: how many devices, for how many seconds, the socket engine.
 *
 * `deno run -A tests/bench/pass_through.ts`
 */
import { writeWav } from "../../lib/audio/mod.ts";
import { syllables } from "../../lib/device/load/mod.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import { type MeasuredLoad, measureLoad, type UsageProcess } from "./support/load_process.ts";
import type { Arrivals } from "./support/relay_sink.ts";
import { report } from "./support/report.ts";

const [devices = "1000", seconds = "30", engine = "deno"] = Deno.args;
const DEVICES = Number(devices);

interface Carried extends MeasuredLoad {
  readonly arrivals: Arrivals;
}

/** One utterance for the whole run, so that each device has one stream, as it has one socket of the bare relay. */
async function withUtterance<T>(use: (path: string) => Promise<T>): Promise<T> {
  const path = await Deno.makeTempFile({ suffix: ".wav" });
  try {
    const sound = syllables();
    const pcm = new Int16Array(50 * 16_000).map((_, index) => sound[index % sound.length] ?? 0);
    await Deno.writeFile(path, writeWav(pcm, 16_000));
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}

async function carry(utterance: string, module: string, args: readonly string[] = []): Promise<Carried> {
  await using sink = new MeasuredProcess<{ readonly arrivals: Arrivals }>(
    new URL("./support/relay_sink.ts", import.meta.url),
  );
  const sinkUrl = await sink.url();
  await using server: UsageProcess = new MeasuredProcess(new URL(`./support/${module}.ts`, import.meta.url), {
    args: [sinkUrl.href, ...args],
    asStarted: true,
  });
  const url = await server.url();
  const flags = [
    "--devices",
    devices,
    "--mode",
    "manual",
    "--pause",
    "0s",
    "--stamp",
    "--utterances",
    utterance,
  ];
  // A process that has just begun compiles more than it serves.
  await measureLoad(server, url, [...flags, "--ramp", "2s", "--duration", "4s"]);
  await sink.ask("arrivals");
  const load = await measureLoad(server, url, [...flags, "--ramp", "10s", "--duration", `${seconds}s`]);
  return { ...load, arrivals: await sink.ask("arrivals") };
}

await withUtterance(async (utterance) => {
  const relay = await carry(utterance, "bare_relay");
  const { report: load, cpuUsPerPacket, residentBytes, arrivals } = relay;
  report({
    name: `bare relay, ${DEVICES} devices: CPU a packet`,
    measured: cpuUsPerPacket,
    unit: "us",
    detail: {
      packets: load.frames.sent,
      latencyMs: arrivals.latencyMs,
      generatorLateMs: load.lateMs,
      residentBytes,
    },
  });
  for (
    const [what, pageMs, limit] of [["packets as they are", 0, 1.25], [
      "Ogg, a page a packet",
      60,
      1.5,
    ]] as const
  ) {
    const gateway = await carry(utterance, "pass_through_gateway", [`${pageMs}`, engine]);
    const { frames, lateMs, connections, errors, generator } = gateway.report;
    const { latencyMs, stamps, outOfOrder } = gateway.arrivals;
    report({
      name: `gateway (${engine}), ${what}: CPU a packet, of the bare relay's`,
      measured: gateway.cpuUsPerPacket / cpuUsPerPacket,
      unit: "x",
      limit,
      detail: {
        cpuUs: gateway.cpuUsPerPacket,
        packets: frames.sent,
        generatorCpu: generator?.cpuShare ?? null,
      },
    });
    report({
      name: `gateway (${engine}), ${what}: p99 of a packet's way to the service`,
      measured: latencyMs.p99 ?? Infinity,
      unit: "ms",
      limit: 20,
      detail: { latencyMs, generatorLateMs: lateMs, relayMs: arrivals.latencyMs },
    });
    report({
      name:
        `gateway (${engine}), ${what}: packets that did not come or not in order, lost connections, errors`,
      measured: frames.stamped - stamps + outOfOrder + connections.lost +
        Object.values(errors).reduce((sum, count) => sum + count, 0),
      unit: "faults",
      limit: 0,
      exact: true,
    });
    report({
      name: `gateway (${engine}), ${what}: resident a session beyond the bare relay's`,
      measured: (gateway.residentBytes - residentBytes) / DEVICES / 1_024,
      unit: "KiB",
      limit: 24,
      detail: { residentBytes: gateway.residentBytes, relayBytes: residentBytes },
    });
  }
});
