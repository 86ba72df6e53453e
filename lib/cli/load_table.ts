import type { LoadResult, LoadUsage, Percentiles, UsageBetween } from "../device/load/mod.ts";
import { megabytes } from "./progress.ts";

/** What `earshot load` prints. */
export interface LoadReport extends LoadResult, LoadUsage {
  /** The server, without what a query may hold. */
  readonly url: string;
  /** How many devices came. */
  readonly devices: number;
  /** How they listened. */
  readonly mode: string;
  /** How long one packet sounded, in ms. */
  readonly frameMs: number;
}

const LABEL_CHARS = 26;
const CELL_CHARS = 10;

/** The report as a person reads it. */
export function loadTable(report: LoadReport): string {
  const { connections, latencyMs, frames, turns, faults, errors, closes } = report;
  return [
    `${report.url}: ${report.devices} devices, ${report.mode}, frames of ${report.frameMs} ms, ` +
    `${report.durationSeconds.toFixed(1)} s${report.interrupted ? ", interrupted" : ""}`,
    "",
    line("ms", ["count", "p50", "p90", "p99", "max"]),
    times("connect", latencyMs.connect),
    times("hello", latencyMs.hello),
    times("end of speech to text", latencyMs.text),
    times("end of speech to stop", latencyMs.stop),
    ...(latencyMs.refusal.count > 0 ? [times("until told it is refused", latencyMs.refusal)] : []),
    ...(frames.stamped > 0 ? [times("packet there and back", latencyMs.echo)] : []),
    times("this generator was late", report.lateMs),
    "",
    counts("connections", connections),
    counts("turns", { ...turns, "cut short": report.cutShort }),
    counts("packets", { ...frames, skipped: report.framesSkipped }),
    counts("faults of ours", faults),
    counts("errors", errors),
    counts("closed by the server", closes),
    ...(report.invalidMessages > 0 ? [counts("messages", { unusable: report.invalidMessages })] : []),
    "",
    usage("this generator", report.generator),
    usage("the server", report.server),
  ].join("\n");
}

function line(label: string, cells: readonly string[]): string {
  return label.padEnd(LABEL_CHARS) + cells.map((cell) => cell.padStart(CELL_CHARS)).join("");
}

function times(label: string, { count, p50, p90, p99, max }: Percentiles): string {
  const cells = [p50, p90, p99, max].map((ms) => ms === null ? "-" : ms.toFixed(1));
  return line(label, [String(count), ...cells]);
}

/** Only what happened: most of it should not. */
function counts(label: string, numbers: Readonly<Record<string, number>>): string {
  const happened = Object.entries(numbers).filter(([, number]) => number > 0);
  const text = happened.map(([name, number]) => `${number} ${name.replace("_", " ")}`).join(", ");
  return label.padEnd(LABEL_CHARS) + (text === "" ? "none" : text);
}

function usage(label: string, used: UsageBetween | null): string {
  if (used === null) return `${label.padEnd(LABEL_CHARS)}not seen`;
  const { cpuShare, mainShare, residentBytes } = used;
  const cpu = cpuShare === null ? "" : `${percent(cpuShare)} of a core, `;
  const main = mainShare === null ? "" : `main thread ${percent(mainShare)}, `;
  return `${label.padEnd(LABEL_CHARS)}${cpu}${main}${megabytes(residentBytes)} resident`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
