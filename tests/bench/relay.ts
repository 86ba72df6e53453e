/**
 * A bare relay, measured: what carrying a packet from a device to a service costs at least on this machine, with one
 * outbound `npm:ws` socket a device and nothing else, and how long the packet takes. What the gateway's pass-through
 * costs is to be compared with this, in the same run. Arguments: how many devices, and for how many seconds.
 *
 * `deno run -A tests/bench/relay.ts`
 */
import { MeasuredProcess } from "../support/measured_process.ts";
import { measureLoad, type UsageProcess } from "./support/load_process.ts";
import type { Arrivals } from "./support/relay_sink.ts";
import { report } from "./support/report.ts";

const [devices = "200", seconds = "15"] = Deno.args;

await using sink = new MeasuredProcess<{ readonly arrivals: Arrivals }>(
  new URL("./support/relay_sink.ts", import.meta.url),
);
const sinkUrl = await sink.url();
await using relay: UsageProcess = new MeasuredProcess(new URL("./support/bare_relay.ts", import.meta.url), {
  args: [sinkUrl.href],
  asStarted: true,
});
const url = await relay.url();
const flags = ["--devices", devices, "--mode", "manual", "--pause", "0s", "--stamp"];
// A process that has just begun compiles more than it serves.
await measureLoad(relay, url, [...flags, "--ramp", "1s", "--duration", "4s"]);
await sink.ask("arrivals");
const { report: load, cpuUsPerPacket, residentBytes } = await measureLoad(relay, url, [
  ...flags,
  ...["--ramp", "5s", "--duration", `${seconds}s`],
]);
const { messages, stamps, outOfOrder, latencyMs } = await sink.ask("arrivals");
const { frames, lateMs, generator } = load;
const detail = {
  devices: Number(devices),
  packets: frames.sent,
  latencyMs,
  generatorLateMs: lateMs,
  generatorCpu: generator?.cpuShare ?? null,
};
report({ name: "bare relay: CPU a packet", measured: cpuUsPerPacket, unit: "us", detail });
report({ name: "bare relay: resident, all devices connected", measured: residentBytes / 1e6, unit: "MB" });
report({ name: "bare relay: p99 of a packet's way", measured: latencyMs.p99 ?? Infinity, unit: "ms" });
report({
  name: "bare relay: packets that did not come, or not in order",
  measured: frames.sent - messages + frames.stamped - stamps + outOfOrder,
  unit: "packets",
  limit: 0,
  exact: true,
});
