/**
 * What a device costs on a gateway that hears by itself: voice detection by the engine, recognition by a service (an
 * emulator), devices that speak for at least 60 % of their time. This checkout beside another commit, in turn: CPU by
 * process, the gateway's main thread, memory, and how long a text takes.
 *
 * `deno task device-cost`, 20 minutes; or some of it:
 * `deno task device-cost --base 2cec787 --rows auto:50,button:10 --seconds 10 --rounds 1`
 */
// deno-lint-ignore-file no-console -- printing is what a bench is for
import { parseArgs } from "node:util";
import { writeWav } from "../../lib/audio/mod.ts";
import { ASK, COUNTRY, FELLOW, speechClip } from "../support/speech.ts";
import { type CostFigures, type CostRow, measureCost } from "./support/device_cost_run.ts";
import { type Measurement, percentile, report, round } from "./support/report.ts";
import { OtherTree, OWN_TREE, TreeGateway } from "./support/tree_gateway.ts";

/** From so many devices on only this checkout is measured. */
const NEW_ONLY_DEVICES = 300;
const LEAST_VOICED_SHARE = 0.6;

/** What is held to a limit, and how it is called. */
const HELD = {
  bothMs: { name: "CPU of gateway and engine for a device-second", unit: "ms" },
  mainCores: { name: "the gateway's main thread, of one core", unit: "cores" },
  p99Ms: { name: "p99 of texts after the last sound, 700 ms of silence included", unit: "ms" },
  verdictP99Ms: { name: "p99 of how late a verdict of voice detection is", unit: "ms" },
  lost: { name: "what was dropped, refused or failed", unit: "times" },
} as const satisfies Partial<Record<keyof CostFigures, Pick<Measurement, "name" | "unit">>>;

/** What the median of this checkout may be, by row. */
const LIMITS: Readonly<Record<string, readonly (readonly [what: keyof typeof HELD, limit: number])[]>> = {
  "auto:10": [["bothMs", 13]],
  "auto:50": [["bothMs", 6.5]],
  "auto:225": [["bothMs", 5], ["mainCores", 0.5]],
  "button:10": [["bothMs", 6]],
  "auto:300": [["p99Ms", 1_200], ["verdictP99Ms", 150], ["lost", 0]],
};
/** Which row's memory is compared, and what it may be of the base's. */
const MEMORY = { row: "auto:100", limit: 1.02 };

const SHOWN: readonly (readonly [head: string, key: keyof CostFigures])[] = [
  ["CPU ms a device-second", "bothMs"],
  ["of the gateway", "gatewayMs"],
  ["of the engine", "engineMs"],
  ["cores: gateway", "gatewayCores"],
  ["its main thread", "mainCores"],
  ["engine", "engineCores"],
  ["generator", "generatorCores"],
  ["service", "serviceCores"],
  ["resident MB", "residentMb"],
  ["text p50 ms", "p50Ms"],
  ["p90", "p90Ms"],
  ["p99", "p99Ms"],
  ["verdict p99 ms", "verdictP99Ms"],
  ["lost", "lost"],
  ["unanswered", "unanswered"],
  ["cut short", "cutShort"],
  ["voiced share", "voicedShare"],
  ["generator late p99 ms", "generatorLateMs"],
];

const { values } = parseArgs({
  options: {
    base: { type: "string", default: "2cec787" },
    rows: { type: "string", default: "auto:10,auto:50,auto:100,auto:225,button:10,auto:300,auto:600" },
    seconds: { type: "string", default: "20" },
    rounds: { type: "string", default: "3" },
  },
});

const over = new AbortController();
const end = () => over.abort(new Error("Cannot go on: a signal ended it"));
Deno.addSignalListener("SIGINT", end);
Deno.addSignalListener("SIGTERM", end);

function rowOf(text: string): CostRow {
  const [mode, devices] = text.split(":");
  if ((mode !== "auto" && mode !== "button") || !(Number(devices) > 0)) {
    throw new Error(`Cannot measure ${text}: give rows such as auto:50,button:10`);
  }
  return { mode, devices: Number(devices) };
}

/** The sound between its first and its last 20 ms that are speech, rather than the room: a twentieth of the loudest. */
function speechOf(pcm: Int16Array): Int16Array {
  const samples = 320;
  const levels = Array.from(
    { length: Math.floor(pcm.length / samples) },
    (_, index) =>
      pcm.subarray(index * samples, (index + 1) * samples).reduce((sum, sample) => sum + Math.abs(sample), 0),
  );
  const isSpeech = (level: number) => level > Math.max(...levels) / 20;
  return pcm.slice(levels.findIndex(isSpeech) * samples, (levels.findLastIndex(isSpeech) + 1) * samples);
}

/** Sentences without pauses that end them, cut at both ends. */
async function writeClips(dir: string): Promise<readonly string[]> {
  return await Promise.all([FELLOW, COUNTRY, ASK].map(async (file) => {
    await Deno.writeFile(`${dir}/${file}`, writeWav(speechOf(speechClip(file).pcm), 16_000));
    return `${dir}/${file}`;
  }));
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** What was not measured is no number; a quantile may lie beyond the last bound of its histogram. */
function shownOf(value: number): string {
  if (Number.isNaN(value)) return "-";
  return value === Infinity ? "beyond" : String(value < 100 ? round(value) : Math.round(value));
}

function cellsOf(runs: readonly CostFigures[]): readonly string[] {
  return SHOWN.map(([, key]) => {
    const found = runs.map((run) => run[key]);
    const [low, mid, high] = [0, 0.5, 1].map((share) => shownOf(percentile(found, share)));
    return low === high ? `${mid}` : `${mid} (${low}-${high})`;
  });
}

const middle = (runs: readonly CostFigures[], key: keyof CostFigures) =>
  percentile(runs.map((run) => run[key]), 0.5);

function reportRow(name: string, runs: readonly CostFigures[], base: readonly CostFigures[]): void {
  for (const [key, limit] of LIMITS[name] ?? []) {
    const { name: what, unit } = HELD[key];
    report({ name: `${name}: ${what}`, measured: middle(runs, key), unit, limit });
  }
  report({
    name: `${name}: the share of their time in which devices speak`,
    measured: middle(runs, "voicedShare"),
    unit: "",
    // What is not held to anything may be more than the machine bears.
    ...((name in LIMITS || name === MEMORY.row) && { limit: LEAST_VOICED_SHARE, atLeast: true }),
  });
  if (base.length === 0) return;
  const ratios = runs.map((run, index) => run.bothMs / (base[index]?.bothMs ?? NaN));
  report({
    name: `${name}: CPU against the base, run by run`,
    measured: percentile(ratios, 0.5),
    unit: "x",
    // Who is late lets devices speak less: then this compares two different things.
    detail: { ratios: ratios.map(round), baseVoicedShare: round(middle(base, "voicedShare")) },
  });
  report({
    name: `${name}: resident memory against the base`,
    measured: middle(runs, "residentMb") / middle(base, "residentMb"),
    unit: "x",
    ...(name === MEMORY.row && { limit: MEMORY.limit }),
  });
}

const rows = values.rows.split(",").map((name) => ({ name, row: rowOf(name) }));
const head = ["", "tree", ...SHOWN.map(([text]) => text)];
const table = [line(head), line(head.map(() => "---"))];
const dir = await Deno.makeTempDir({ prefix: "earshot-device-cost-" });
try {
  await using other = await OtherTree.checkOut(values.base);
  const clips = await writeClips(dir);
  for (const tree of [other.dir, OWN_TREE]) {
    // Who starts first compiles for those that come after, and holds 45 MB for it.
    await using _compiled = await TreeGateway.start(tree, "agents: { default: { llm: none } }\n");
  }
  const measured = [];
  for (const { name, row } of rows) {
    const found = { base: new Array<CostFigures>(), new: new Array<CostFigures>() };
    for (let index = 0; index < Number(values.rounds); index++) {
      for (const which of row.devices >= NEW_ONLY_DEVICES ? ["new"] as const : ["base", "new"] as const) {
        const tree = which === "new" ? OWN_TREE : other.dir;
        const run = await measureCost({
          tree,
          row,
          seconds: Number(values.seconds),
          clips,
          signal: over.signal,
        });
        found[which].push(run);
        console.error(line([name, which, ...cellsOf([run])]));
      }
    }
    for (const which of ["base", "new"] as const) {
      if (found[which].length > 0) table.push(line([name, which, ...cellsOf(found[which])]));
    }
    measured.push({ name, found });
  }
  console.log(table.join("\n"));
  for (const { name, found } of measured) reportRow(name, found.new, found.base);
} finally {
  await Deno.remove(dir, { recursive: true });
  Deno.removeSignalListener("SIGINT", end);
  Deno.removeSignalListener("SIGTERM", end);
}
