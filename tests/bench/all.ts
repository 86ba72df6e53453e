/**
 * Every number that the README quotes, one bench after the other: a JSON line for each, and a table at the end.
 * Exit code 1 when a limit is missed.
 *
 * `deno task bench`
 */
import { fileURLToPath } from "node:url";
import type { ReportLine } from "./support/report.ts";

/** Each with its arguments. */
const BENCHES = [
  "audio_buffer_bench",
  "chunk_cost",
  "frame_parse",
  "opus_cost",
  "hear_cost",
  "encoder",
  "scope_close",
  "recognition_overhead",
  "timer_lateness",
  "session_leak",
  "passthrough 1000 15 deno",
  "gateway_cost",
  "flood",
  "vad_load",
  "accuracy",
  "long_file",
  "adapter_overhead",
  "voice_overhead",
  "answer_latency",
  "own_share",
  "pacing",
  "barge_in",
  "admission",
];

const rows: ReportLine[] = [];
let exitCode = 0;
for (const bench of BENCHES) {
  // deno-lint-ignore no-console -- the table is the bench's purpose
  console.error(`== ${bench}`);
  const [module, ...args] = bench.split(" ");
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      "--lock=tests/deno.lock",
      fileURLToPath(new URL(`${module}.ts`, import.meta.url)),
      ...args,
    ],
    stderr: "inherit",
  }).output();
  if (code !== 0) exitCode = 1;
  for (const line of new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "")) {
    // deno-lint-ignore no-console -- with all its detail, for whoever looks into a miss
    console.log(line);
    rows.push(JSON.parse(line));
  }
}

const lines = rows.map(({ name, measured, unit, limit, ok }) => {
  const bound = limit === null ? "" : `${limit} ${unit}`;
  return `| ${name} | ${measured} ${unit} | ${bound} |${ok ? "" : " MISSED"}`;
});
// deno-lint-ignore no-console -- the table is the bench's purpose
console.log(["| What | Measured | Limit |", "|---|---|---|", ...lines].join("\n"));
Deno.exit(exitCode);
