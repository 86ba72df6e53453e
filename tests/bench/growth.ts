/**
 * How cost grows with the devices that talk at once, as a table: passed on to a service in Ogg, and heard on the box
 * (voice detection of the engine, recognition emulated). Arguments: for how many seconds each.
 *
 * `deno task growth`
 */
import type { ProcessUsage } from "../../lib/device/load/mod.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import { speechClips, speechPath } from "../support/speech.ts";
import { measureLoad, measureSteadyLoad, type UsageProcess } from "./support/load_process.ts";
import { withLongUtterance } from "./support/recording.ts";
import type { Arrivals } from "./support/relay_sink.ts";
import { round } from "./support/report.ts";

const [seconds = "15"] = Deno.args;
const PACKETS_A_SECOND = 1_000 / 60;

type Usage = ProcessUsage & { readonly engine?: ProcessUsage };

const rows: string[] = [];
function row(cells: readonly (string | number)[]): void {
  const line = `| ${cells.map((cell) => typeof cell === "number" ? round(cell) : cell).join(" | ")} |`;
  rows.push(line);
  // deno-lint-ignore no-console -- so that it is seen to move
  console.error(line);
}

/** What the gateway's process holds for each device; of a few devices nothing can be told from V8's own breathing. */
function kbADevice(grownBytes: number, devices: number): number | string {
  return devices < 100 ? "-" : grownBytes / devices / 1e3;
}

async function passedOn(devices: number, recording: string): Promise<void> {
  await using sink = new MeasuredProcess<{ readonly arrivals: Arrivals }>(
    new URL("./support/relay_sink.ts", import.meta.url),
  );
  await using gateway: UsageProcess = new MeasuredProcess(
    new URL("./support/load_gateway.ts", import.meta.url),
    { args: ["deno", (await sink.url()).href, "ogg"], asStarted: true },
  );
  const url = await gateway.url();
  const flags = ["--devices", `${devices}`, "--mode", "manual", "--pause", "0s", "--stamp"];
  const utterance = ["--utterances", recording];
  const empty = await gateway.ask("usage");
  await measureLoad(gateway, url, [...flags, ...utterance, "--ramp", "1s", "--duration", "3s"]);
  const { cpuUsPerPacket, residentBytes, steady } = await measureSteadyLoad(gateway, {
    url,
    sink,
    flags: [...flags, ...utterance],
    rampSeconds: Math.ceil(devices / 100),
    seconds: Number(seconds),
  });
  row([
    "passed on",
    devices,
    cpuUsPerPacket * PACKETS_A_SECOND / 1e3,
    residentBytes / 1e6,
    kbADevice(residentBytes - empty.residentBytes, devices),
    steady.lastLatencyMs.p50 ?? "-",
    steady.lastLatencyMs.p99 ?? "-",
  ]);
}

async function heardHere(devices: number): Promise<void> {
  await using gateway = new MeasuredProcess<{ readonly usage: Usage }>(
    new URL("./support/vad_gateway.ts", import.meta.url),
    { asStarted: true },
  );
  const url = await gateway.url();
  const clips = speechClips().map(({ file }) => speechPath(file));
  const flags = ["--devices", `${devices}`, "--mode", "auto", "--pause", "1s", "--utterances", ...clips];
  const empty = await gateway.ask("usage");
  await measureLoad(gateway, url, [...flags, "--ramp", "1s", "--duration", "3s"]);
  const before = await gateway.ask("usage");
  const { report } = await measureLoad(gateway, url, [...flags, "--ramp", "1s", "--duration", `${seconds}s`]);
  const after = await gateway.ask("usage");
  const used = (now?: ProcessUsage, then?: ProcessUsage) =>
    (now?.cpuSeconds ?? NaN) - (then?.cpuSeconds ?? NaN);
  const deviceSeconds = report.frames.sent / PACKETS_A_SECOND;
  row([
    "heard here",
    devices,
    (used(after, before) + used(after.engine, before.engine)) * 1e3 / deviceSeconds,
    (after.residentBytes + (after.engine?.residentBytes ?? NaN)) / 1e6,
    kbADevice(after.residentBytes - empty.residentBytes, devices),
    report.latencyMs.text.p50 ?? "-",
    report.latencyMs.text.p99 ?? "-",
  ]);
}

row(["How", "Devices", "CPU ms a device-second", "Resident MB", "KB a device", "p50 ms", "p99 ms"]);
row(["---", "---", "---", "---", "---", "---", "---"]);
await withLongUtterance(async (recording) => {
  for (const devices of [1, 10, 100, 1_000]) await passedOn(devices, recording);
});
for (const devices of [1, 10, 100]) await heardHere(devices);
// deno-lint-ignore no-console -- the table is the bench's purpose
console.log(rows.join("\n"));
