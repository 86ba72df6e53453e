import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { mixToMono, resample, toFloat32, toPcm16 } from "../../lib/audio/mod.ts";
import { test } from "../support/test.ts";

function tone(frequencyHz: number, sampleRateHz: number): Float32Array {
  const samples = new Float32Array(sampleRateHz / 2);
  return samples.map((_, i) => Math.sin(2 * Math.PI * frequencyHz * i / sampleRateHz));
}

/** The level of one frequency away from the edges, in dB of a full tone. */
function levelDb(samples: Float32Array, frequencyHz: number, sampleRateHz: number): number {
  const inner = samples.subarray(samples.length >> 2, samples.length * 3 >> 2);
  let [real, imaginary] = [0, 0];
  inner.forEach((sample, i) => {
    const angle = 2 * Math.PI * frequencyHz * i / sampleRateHz;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
  });
  return 20 * Math.log10(Math.max(Math.hypot(real, imaginary) * 2 / inner.length, 1e-9));
}

test("a tone keeps its level at every rate", () => {
  for (const fromHz of [8_000, 22_050, 24_000, 44_100, 48_000]) {
    const level = levelDb(resample(tone(1_000, fromHz), fromHz, 16_000), 1_000, 16_000);
    assertAlmostEquals(level, 0, 0.1, `${fromHz} Hz`);
  }
});

test("rates with nothing in common are as good, and cost no more than any others", () => {
  for (const fromHz of [44_099, 47_999, 8_001]) {
    const startedMs = performance.now();
    const output = resample(tone(1_000, fromHz), fromHz, 16_000);
    assertLess(performance.now() - startedMs, 100);
    assertAlmostEquals(levelDb(output, 1_000, 16_000), 0, 0.1, `${fromHz} Hz`);
    assertLess(levelDb(output, 3_000, 16_000), -60);
  }
});

test("what the lower rate cannot carry is gone rather than mirrored", () => {
  const output = resample(tone(10_000, 48_000), 48_000, 16_000);
  assertLess(levelDb(output, 6_000, 16_000), -60);
});

test("going up adds nothing above the old band", () => {
  const output = resample(tone(3_000, 8_000), 8_000, 16_000);
  assertLess(levelDb(output, 5_000, 16_000), -60);
});

test("the length follows the rates, and an equal rate changes nothing", () => {
  assertEquals(resample(new Float32Array(441), 44_100, 16_000).length, 160);
  assertEquals(resample(new Float32Array(0), 44_100, 16_000).length, 0);
  const same = new Float32Array(7);
  assertEquals(resample(same, 16_000, 16_000) === same, true);
});

test("a minute of CD sound takes less than its tenth", () => {
  const startedMs = performance.now();
  resample(new Float32Array(60 * 44_100), 44_100, 16_000);
  assertLess(performance.now() - startedMs, 6_000);
});

test("PCM and floats are the same numbers, and too loud is cut off", () => {
  const pcm = Int16Array.of(0, 1, -1, 32_767, -32_768);
  assertEquals([...toPcm16(toFloat32(pcm))], [...pcm]);
  assertEquals([...toPcm16(Float32Array.of(1.5, -1.5))], [32_767, -32_768]);
  assertEquals([...mixToMono(Float32Array.of(1, 0, 0.5, 0.5), 2)], [0.5, 0.5]);
});
