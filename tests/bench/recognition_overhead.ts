/**
 * What recognition through the engine process costs against the bare model, interleaved in one run; and how
 * late a 10 ms timer of the gateway's side is while two recognitions run.
 *
 * `deno run -A tests/bench/recognition_overhead.ts`
 */
import { EngineClient } from "../../lib/engine/mod.ts";
import { Moonshine } from "../../lib/engine/inference/moonshine.ts";
import { loadRuntime } from "../../lib/engine/inference/runtime.ts";
import { transcribe } from "../../lib/asr/mod.ts";
import { MOONSHINE_PATHS } from "../support/models.ts";
import { speechClip, speechClips } from "../support/speech.ts";
import { percentile, report } from "./support/report.ts";

const ROUNDS = 3;
const TIMER_MS = 10;
const TIMER_FOR_MS = 10_000;
const NEVER = new AbortController().signal;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function overhead(): Promise<number> {
  await using engine = new EngineClient({ models: { moonshine: MOONSHINE_PATHS }, runtime: "native" });
  const bare = await Moonshine.load(await loadRuntime("native"), MOONSHINE_PATHS);
  const clips = speechClips();
  for (const { pcm } of clips.slice(0, 2)) {
    await bare.recognize(pcm);
    await transcribe(engine, pcm, NEVER);
  }
  const ratios: number[] = [];
  for (const { pcm } of clips) {
    const [bareMs, throughMs]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      bareMs.push(await timed(() => bare.recognize(pcm)));
      throughMs.push(await timed(() => transcribe(engine, pcm, NEVER)));
    }
    ratios.push(Math.min(...throughMs) / Math.min(...bareMs));
  }
  await bare.release();
  return percentile(ratios, 0.5);
}

async function timerLatenessMs(): Promise<number> {
  await using engine = new EngineClient({
    models: { moonshine: MOONSHINE_PATHS },
    runtime: "native",
    recognitionWorkers: 2,
  });
  await engine.warm();
  const { pcm } = speechClip("jfk.wav");
  let running = true;
  const recognitions = [0, 1].map(async () => {
    while (running) await engine.recognize(pcm);
  });
  const lateMs: number[] = [];
  for (const startedMs = performance.now(); performance.now() - startedMs < TIMER_FOR_MS;) {
    const tookMs = await timed(() => new Promise((resolve) => setTimeout(resolve, TIMER_MS)));
    lateMs.push(tookMs - TIMER_MS);
  }
  running = false;
  await Promise.all(recognitions);
  return percentile(lateMs, 0.99);
}

report({
  name: "recognition through the engine against the bare model, median",
  measured: await overhead(),
  unit: "ratio",
  limit: 1.3,
});
report({
  name: "lateness of a 10 ms timer beside two recognitions, 99th percentile",
  measured: await timerLatenessMs(),
  unit: "ms",
  limit: 10,
});
