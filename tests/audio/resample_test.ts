import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { resample, toFloat32, toPcm16 } from "../../lib/audio/mod.ts";
import { resampler } from "../../lib/audio/resample.ts";
import fc from "../support/fast_check.ts";
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

test("rates with nothing in common are as good as any others", () => {
  for (const fromHz of [44_099, 47_999, 8_001]) {
    const output = resample(tone(1_000, fromHz), fromHz, 16_000);
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

test("PCM and floats are the same numbers, and too loud is cut off", () => {
  const pcm = Int16Array.of(0, 1, -1, 32_767, -32_768);
  assertEquals([...toPcm16(toFloat32(pcm))], [...pcm]);
  assertEquals([...toPcm16(Float32Array.of(1.5, -1.5))], [32_767, -32_768]);
});

test("every sample stays at its time", () => {
  const output = resample(tone(1_000, 16_000), 16_000, 24_000);
  const expected = tone(1_000, 24_000);
  for (let i = 1_000; i < 2_000; i++) assertAlmostEquals(output[i] ?? 9, expected[i] ?? 0, 1e-3);
});

test("a range of the output has the very samples that the whole output has there", () => {
  const rateHz = fc.oneof(
    fc.constantFrom(8_000, 16_000, 22_050, 24_000, 44_100, 48_000),
    fc.integer({ min: 7_000, max: 50_000 }),
  );
  const sound = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 100, maxLength: 2_000 });
  const percent = fc.integer({ min: 0, max: 100 });
  fc.assert(
    fc.property(rateHz, rateHz, sound, percent, percent, (fromHz, toHz, values, one, other) => {
      const convert = resampler(fromHz, toHz);
      const samples = Float32Array.from(values, (value) => value / 1_000);
      const whole = convert(samples);
      const from = Math.floor(Math.min(one, other) * whole.length / 100);
      const through = Math.floor(Math.max(one, other) * whole.length / 100);
      assertEquals(convert(samples, { from, through }), whole.slice(from, through));
    }),
    { numRuns: 50 },
  );
});
