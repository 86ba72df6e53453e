/**
 * How late a 10 ms timer of the gateway's process is while the engine recognizes two long segments at once,
 * over and over, with a device connected and the sound of both segments going through the gateway's pipes.
 *
 * `deno run -A tests/bench/timer_lateness.ts`
 */
import { configOf } from "../support/config_of.ts";
import { Gateway } from "../../lib/app/mod.ts";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { openWarmEngine } from "../support/real_engine.ts";
import { builtIn } from "../support/recognizers.ts";
import { speechClips } from "../support/speech.ts";
import { percentile, report } from "./support/report.ts";

const TIMER_MS = 10;
const FOR_MS = 10_000;
const AT_ONCE = 2;
const SEGMENT_SAMPLES = 20 * 16_000;
const NEVER = new AbortController().signal;

/** The longest segment that the engine takes, full of speech. */
function longSegment(): Int16Array {
  const segment = new Int16Array(SEGMENT_SAMPLES);
  let end = 0;
  for (const { pcm } of speechClips()) {
    const part = pcm.subarray(0, SEGMENT_SAMPLES - end);
    segment.set(part, end);
    end += part.length;
  }
  return segment;
}

await using scope = new Scope("bench");
const engine = await openWarmEngine(scope, { recognitionWorkers: AT_ONCE });
const config = configOf({ server: { hostname: "127.0.0.1", port: 0 } });
const gateway = new Gateway({ config, scope, engines: engine, recognizers: builtIn(engine) });
await using _device = await SimulatedDevice.connect({ url: new URL(gateway.urls[0].websocket) }, NEVER);

const segment = longSegment();
const untilMs = performance.now() + FOR_MS;
let recognitions = 0;
const recognizing = Array.from({ length: AT_ONCE }, async () => {
  for (; performance.now() < untilMs; recognitions++) await engine.recognize(segment);
});
const lateMs: number[] = [];
while (performance.now() < untilMs) {
  const dueMs = performance.now() + TIMER_MS;
  await new Promise((resolve) => setTimeout(resolve, TIMER_MS));
  lateMs.push(performance.now() - dueMs);
}
await Promise.all(recognizing);
report({
  name: "10 ms timer beside two recognitions: how late, 99th percentile",
  measured: percentile(lateMs, 0.99),
  unit: "ms",
  limit: 10,
  detail: {
    medianMs: percentile(lateMs, 0.5),
    worstMs: Math.max(...lateMs),
    timers: lateMs.length,
    recognitions,
  },
});
