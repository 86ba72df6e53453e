/**
 * What recognition through the engine process costs against the bare model in this process, both on one
 * thread, taken in turns so that the machine's moods meet both.
 *
 * `deno run -A tests/bench/recognition_overhead.ts`
 */
import { transcribe } from "../../lib/asr/mod.ts";
import { Moonshine } from "../../lib/engine/inference/moonshine.ts";
import { loadRuntime } from "../../lib/engine/inference/runtime.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { MOONSHINE_PATHS } from "../support/models.ts";
import { openWarmEngine } from "../support/real_engine.ts";
import { speechClips } from "../support/speech.ts";
import { percentile, report } from "./support/report.ts";

const ROUNDS = 5;
const NEVER = new AbortController().signal;

async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

await using scope = new Scope("bench");
const engine = await openWarmEngine(scope, { runtime: "native", recognitionWorkers: 1 });
const bare = await Moonshine.load(await loadRuntime("native"), MOONSHINE_PATHS);
scope.own("bare model", () => bare.release());

const ratios: number[] = [];
let bareTotalMs = 0;
let engineTotalMs = 0;
for (const { pcm } of speechClips()) {
  const inProcess = () => tookMs(() => bare.recognize(pcm));
  const throughEngine = () => tookMs(() => Array.fromAsync(transcribe(engine, [pcm], NEVER)));
  await inProcess();
  await throughEngine();
  let bareMs = Infinity;
  let engineMs = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    bareMs = Math.min(bareMs, await inProcess());
    engineMs = Math.min(engineMs, await throughEngine());
  }
  ratios.push(engineMs / bareMs);
  bareTotalMs += bareMs;
  engineTotalMs += engineMs;
}
report({
  name: "recognition through the engine against the bare model, median of the clips",
  measured: percentile(ratios, 0.5),
  unit: "ratio",
  limit: 1.3,
  detail: {
    worstClip: Math.max(...ratios),
    wholeSet: engineTotalMs / bareTotalMs,
    bareMs: Math.round(bareTotalMs),
    engineMs: Math.round(engineTotalMs),
  },
});
