/**
 * 1,000,000 inputs into everything that reads what strangers send: none may crash, take over 100 ms, or make the
 * process grow.
 *
 *     deno task fuzz [inputs] [seed]
 */
import { report } from "../bench/support/report.ts";
import { processHeld } from "../support/measured_server.ts";
import { fuzz } from "./fuzz_run.ts";
import { TARGETS } from "./targets.ts";

const [inputs = "1000000", seed = String(Date.now() % 2 ** 31)] = Deno.args;
/** The first part fills caches and compiles; a leak would go on growing after it. */
const WARM_SHARE = 0.6;

let slowestMs = 0;
let growthBytes = 0;
for (const target of TARGETS) {
  const all = Math.round(Number(inputs) * target.share);
  const warm = await fuzz(target, { inputs: Math.ceil(all * WARM_SHARE), seed: Number(seed) });
  const before = await processHeld();
  const rest = await fuzz(target, { inputs: all - warm.inputs, seed: Number(seed) + 1 });
  const after = await processHeld();
  slowestMs = Math.max(slowestMs, warm.slowestMs, rest.slowestMs);
  growthBytes += Math.max(0, after.heapBytes - before.heapBytes);
  report({
    name: `${target.name}: inputs that failed as they must not`,
    measured: [warm, rest].filter(({ fault }) => fault !== undefined).length,
    unit: "inputs",
    limit: 0,
    detail: {
      inputs: warm.inputs + rest.inputs,
      accepted: warm.accepted + rest.accepted,
      slowestMs: Math.max(warm.slowestMs, rest.slowestMs),
      seed,
      ...(warm.fault !== undefined && { fault: warm.fault }),
      ...(rest.fault !== undefined && { restFault: rest.fault }),
    },
  });
}
report({ name: "the slowest input", measured: slowestMs, unit: "ms", limit: 100 });
report({
  name: "live heap afterward, all targets together",
  measured: growthBytes / 1e6,
  unit: "MB",
  limit: 1,
});
