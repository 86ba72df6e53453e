/**
 * What each complexity of the encoder costs and how near it comes to the sound, side by side in one run; what the way
 * around it costs (level, resample, limit, frame); what a hop through the Worker costs; and how much of a core 10 to 100
 * devices take that are spoken to at once, at the complexity that is chosen for so many.
 *
 * `deno run -A tests/bench/encoder.ts`
 */
import {
  complexityFor,
  OpusDecoder,
  OpusEncoder,
  resample,
  SpeechEncoders,
  toFloat32,
  toPcm16,
} from "../../lib/audio/mod.ts";
import { SpeechChain } from "../../lib/audio/encoding/speech_chain.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { JFK, speechClip, speechMissing } from "../support/speech.ts";
import { percentile, report } from "./support/report.ts";
import { spectralDistanceDb } from "./support/spectral_distance.ts";

const COMPLEXITIES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const ROUNDS = 7;
const BITRATE_BPS = 24_000;
const FRAME_SAMPLES = 1_440;
const FRAMES_PER_S = 1_000 / 60;
/** How much of a core 100 devices may take that are spoken to at once. */
const MOST_CORES = 0.9;

if (speechMissing()) throw new Error("Cannot measure: there is no speech");
const said = speechClip(JFK).pcm;
const sound = toPcm16(resample(toFloat32(said), 16_000, 24_000));
const frames = Array.from(
  { length: Math.floor(sound.length / FRAME_SAMPLES) },
  (_, index) => sound.slice(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES),
);

function encoded(complexity: number): Uint8Array[] {
  const encoder = new OpusEncoder({ sampleRateHz: 24_000, bitrateBps: BITRATE_BPS, complexity });
  const packets = frames.map((frame) => encoder.encode(frame));
  encoder.close();
  return packets;
}

/** The whole way of one answer. */
function chained(complexity: number): void {
  const chain = new SpeechChain({ frameDurationMs: 60, bitrateBps: BITRATE_BPS, complexity });
  chain.begin({ known: { db: -18, durationMs: 3_000 } });
  for (let at = 0; at < said.length; at += 4_800) chain.push(said.subarray(at, at + 4_800), 16_000);
  chain.end();
  chain.close();
}

function distanceDb(complexity: number): number {
  const decoder = new OpusDecoder({ sampleRateHz: 24_000 });
  const heard = Int16Array.from(encoded(complexity).flatMap((packet) => [...decoder.decode(packet)]));
  decoder.close();
  return spectralDistanceDb(sound, heard);
}

function timedUs(run: () => void): number {
  const startedMs = performance.now();
  run();
  return (performance.now() - startedMs) * 1e3 / frames.length;
}

// The machine is shared: the ways take turns, and each has its best round.
const encodeUs = COMPLEXITIES.map(() => Infinity);
let chainUs = Infinity;
for (let round = 0; round < ROUNDS; round++) {
  for (const complexity of COMPLEXITIES) {
    encodeUs[complexity] = Math.min(encodeUs[complexity] ?? Infinity, timedUs(() => encoded(complexity)));
  }
  chainUs = Math.min(chainUs, timedUs(() => chained(0)));
}
const costUs = (complexity: number) => encodeUs[complexity] ?? NaN;
const aroundUs = chainUs - costUs(0);

for (const complexity of COMPLEXITIES) {
  report({
    name: `a packet of 60 ms at complexity ${complexity}, of complexity 10`,
    measured: costUs(complexity) / costUs(10),
    unit: "x",
    detail: { us: Math.round(costUs(complexity)), distanceDb: distanceDb(complexity) },
  });
}
report({
  name: "level, 16 to 24 kHz, limit and frame, of encoding at complexity 5",
  measured: aroundUs / costUs(5),
  unit: "x",
  detail: { us: Math.round(aroundUs) },
});
for (const devices of [10, 40, 70, 100]) {
  const complexity = complexityFor(devices);
  report({
    name: `speaking to ${devices} devices at once, complexity ${complexity}`,
    measured: devices * FRAMES_PER_S * (costUs(complexity) + aroundUs) / 1e6,
    unit: "cores",
    limit: MOST_CORES,
  });
}

/** What a call through the Worker takes beyond the work itself: with sound of which nothing becomes complete. */
async function hop(): Promise<void> {
  await using scope = new Scope("bench");
  const encoders = new SpeechEncoders({ scope });
  const signal = new AbortController().signal;
  const startedMs = performance.now();
  const encoder = encoders.open({ frameDurationMs: 60, signal });
  await encoder.finish();
  const firstMs = performance.now() - startedMs;
  const callsMs: number[] = [];
  for (let call = 0; call < 500; call++) {
    const calledMs = performance.now();
    await encoder.finish();
    callsMs.push(performance.now() - calledMs);
  }
  encoder.close();
  report({
    name: "a call through the encoding Worker, there and back",
    measured: percentile(callsMs, 0.5),
    unit: "ms",
    detail: { p99Ms: percentile(callsMs, 0.99), firstMs: Math.round(firstMs) },
  });
}

await hop();
