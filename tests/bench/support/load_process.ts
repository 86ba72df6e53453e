import type { LoadReport } from "../../../lib/cli/load_table.ts";
import type { ProcessUsage } from "../../../lib/device/load/mod.ts";
import { earshot } from "../../support/cli.ts";
import type { MeasuredProcess } from "../../support/measured_process.ts";

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
