import { delay } from "@std/async";
import type { LoadReport } from "../../../lib/cli/load_table.ts";
import type { ProcessUsage } from "../../../lib/device/load/mod.ts";
import { earshot } from "../../support/cli.ts";
import type { MeasuredProcess } from "../../support/measured_process.ts";
import type { Arrivals } from "./relay_sink.ts";

/** A server that says what it has used for the word `usage`. */
export type UsageProcess = MeasuredProcess<{ readonly usage: ProcessUsage }>;

/** A load, and what the server used for it. */
export interface MeasuredLoad {
  /** What `earshot load` found. */
  readonly report: LoadReport;
  /** CPU time of the server for each packet that was sent, connecting and all, in us. */
  readonly cpuUsPerPacket: number;
  /** What the server has of the machine's memory while all devices are there (after, but on Linux), in bytes. */
  readonly residentBytes: number;
}

/** Runs `earshot load` in a process of its own against a server in another. */
export async function measureLoad(
  server: UsageProcess,
  url: URL,
  flags: readonly string[],
): Promise<MeasuredLoad> {
  const before = await server.ask("usage");
  const pid = Deno.build.os === "linux" ? ["--pid", String(server.pid)] : [];
  const command = earshot(["load", "--json", "--url", url.href, ...pid, ...flags]);
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`Cannot go on: ${new TextDecoder().decode(stderr)}`);
  const report: LoadReport = JSON.parse(new TextDecoder().decode(stdout));
  const after = await server.ask("usage");
  const cpuSeconds = (after.cpuSeconds ?? NaN) - (before.cpuSeconds ?? NaN);
  return {
    report,
    cpuUsPerPacket: cpuSeconds * 1e6 / report.frames.sent,
    residentBytes: report.server?.residentBytes ?? after.residentBytes,
  };
}

/** What a server used while all devices were there and talking. */
export interface SteadyLoad {
  /** What `earshot load` found, from the first connection to the last. */
  readonly report: LoadReport;
  /** CPU time of the server for each packet that arrived behind it, in us. */
  readonly cpuUsPerPacket: number;
  /** What the server has of the machine's memory at the end of that time, in bytes. */
  readonly residentBytes: number;
  /** What arrived in all, and what arrived in that time. */
  readonly arrived: { readonly stamps: number; readonly messages: number; readonly outOfOrder: number };
  /** The ways of the packets of that time. */
  readonly steady: Arrivals;
}

/** How long after the last device has come everything has settled, in s. */
const SETTLE_SECONDS = 5;

/** The same, but CPU and latency are those of `seconds` in the middle, when nobody comes or goes. */
export async function measureSteadyLoad(
  server: UsageProcess,
  { url, sink, flags, rampSeconds, seconds }: {
    readonly url: URL;
    readonly sink: MeasuredProcess<{ readonly arrivals: Arrivals }>;
    readonly flags: readonly string[];
    readonly rampSeconds: number;
    readonly seconds: number;
  },
): Promise<SteadyLoad> {
  const times = ["--ramp", `${rampSeconds}s`, "--duration", `${seconds + 2 * SETTLE_SECONDS}s`];
  await sink.ask("arrivals");
  const running = measureLoad(server, url, [...flags, ...times]);
  await delay((rampSeconds + SETTLE_SECONDS) * 1_000);
  const before = await sink.ask("arrivals");
  const used = await server.ask("usage");
  await delay(seconds * 1_000);
  const after = await server.ask("usage");
  const steady = await sink.ask("arrivals");
  const { report } = await running;
  const rest = await sink.ask("arrivals");
  const sum = (key: "stamps" | "messages" | "outOfOrder") => before[key] + steady[key] + rest[key];
  return {
    report,
    cpuUsPerPacket: ((after.cpuSeconds ?? NaN) - (used.cpuSeconds ?? NaN)) * 1e6 / steady.stamps,
    residentBytes: after.residentBytes,
    arrived: { stamps: sum("stamps"), messages: sum("messages"), outOfOrder: sum("outOfOrder") },
    steady,
  };
}
