// deno-lint-ignore-file no-console
/**
 * The bare model over the shared clips: what recognition costs without the engine around it. Prints a JSON line a
 * clip, which wer.py reads as well, and a line about the whole.
 *
 *     deno run -A tests/bench/bare_model.ts [native|wasm] [rounds]
 */
import { ENGINE_SAMPLE_RATE_HZ } from "../../lib/engine/contract.ts";
import { Moonshine } from "../../lib/engine/inference/moonshine.ts";
import { loadRuntime } from "../../lib/engine/inference/runtime.ts";
import { MOONSHINE_PATHS } from "../support/models.ts";
import { speechClips } from "../support/speech.ts";

const kind = Deno.args[0] === "wasm" ? "wasm" : "native";
const rounds = Number(Deno.args[1] ?? 1);

const startedMs = performance.now();
const moonshine = await Moonshine.load(await loadRuntime(kind), MOONSHINE_PATHS);
const loadMs = performance.now() - startedMs;
const clips = speechClips();
const [warmUp] = clips;
if (warmUp !== undefined) await moonshine.recognize(warmUp.pcm);

let audioTotal = 0;
let inferenceTotalMs = 0;
for (const { file, pcm } of clips) {
  const audioSeconds = pcm.length / ENGINE_SAMPLE_RATE_HZ;
  let text = "";
  let inferenceMs = Infinity;
  for (let round = 0; round < rounds; round++) {
    const recognition = await moonshine.recognize(pcm);
    text = recognition.text;
    inferenceMs = Math.min(inferenceMs, recognition.inferenceMs);
  }
  audioTotal += audioSeconds;
  inferenceTotalMs += inferenceMs;
  const realTimeFactor = inferenceMs / 1000 / audioSeconds;
  console.log(JSON.stringify({ file, text, audioSeconds, inferenceMs, realTimeFactor }));
}
await moonshine.release();
console.log(JSON.stringify({
  runtime: kind,
  loadMs,
  audioSeconds: audioTotal,
  inferenceMs: inferenceTotalMs,
  realTimeFactor: inferenceTotalMs / 1000 / audioTotal,
  residentMiB: Deno.memoryUsage().rss / 2 ** 20,
}));
