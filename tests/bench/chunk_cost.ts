/**
 * What a held chunk really costs beside its payload, in resident memory, against what is charged for it. Each kind of
 * V8 settings in a process of its own.
 *
 * `deno run -A tests/bench/chunk_cost.ts`
 */
import { fileURLToPath } from "node:url";
import { CHUNK_OVERHEAD_BYTES } from "../../lib/audio/mod.ts";
import { START_V8_FLAGS } from "../support/start_task.ts";
import { report } from "./support/report.ts";

const MODULE = fileURLToPath(new URL("./support/hold_chunks.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));
const LOCK = fileURLToPath(new URL("../deno.lock", import.meta.url));

for (
  const [name, flags] of [["as deno task start sets V8", START_V8_FLAGS], ["with V8's defaults", []]] as const
) {
  const v8Flags = ["--expose-gc", ...flags].join(",");
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `--v8-flags=${v8Flags}`, `--config=${CONFIG}`, `--lock=${LOCK}`, MODULE],
    stderr: "inherit",
  }).output();
  const { chunks, payloadBytes, residentBytes } = JSON.parse(new TextDecoder().decode(stdout));
  report({
    name: `a held chunk beside its payload, ${name}`,
    measured: (residentBytes - payloadBytes) / chunks,
    unit: "bytes",
    limit: CHUNK_OVERHEAD_BYTES,
    detail: { chunks, payloadMB: payloadBytes / 1e6, residentMB: residentBytes / 1e6 },
  });
}
