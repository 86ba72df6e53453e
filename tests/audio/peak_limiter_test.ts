import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { PeakLimiter } from "../../lib/audio/mod.ts";
import fc from "../support/fast_check.ts";
import { test } from "../support/test.ts";

const OPTIONS = { sampleRateHz: 24_000, ceiling: 0.5 };

function limited(samples: Float32Array, sizes: readonly number[]): Float32Array {
  const limiter = new PeakLimiter(OPTIONS);
  const parts: number[] = [];
  let at = 0;
  for (const size of sizes) {
    parts.push(...limiter.push(samples.subarray(at, at + size)));
    at += size;
  }
  parts.push(...limiter.push(samples.subarray(at)), ...limiter.flush());
  return Float32Array.from(parts);
}

test("no peak passes the ceiling, no sample is lost, and pieces of any size give the same", () => {
  const sound = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { maxLength: 1_500 });
  fc.assert(
    fc.property(sound, fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 8 }), (values, sizes) => {
      const samples = Float32Array.from(values);
      const output = limited(samples, sizes);
      assertEquals(output.length, samples.length);
      assert(output.every((value) => Math.abs(value) <= 0.5 + 1e-6));
      assertEquals(output, limited(samples, []));
    }),
  );
});

test("what is below the ceiling passes unchanged, and again half a second after a peak", () => {
  const quiet = Float32Array.from({ length: 24_000 }, (_, index) => 0.3 * Math.sin(index * 0.1));
  assertEquals(limited(quiet, [100, 1_000]), quiet);
  const cracked = quiet.slice();
  cracked[6_000] = 3;
  const output = limited(cracked, []);
  assertEquals(output.slice(0, 5_700), quiet.slice(0, 5_700));
  assertEquals(output.slice(18_000), quiet.slice(18_000));
  assertAlmostEquals(output[6_000] ?? 0, 0.5, 0.02);
});

test("the gain goes down without a step", () => {
  const loud = Float32Array.from({ length: 4_800 }, (_, index) => index < 2_400 ? 0.49 : 2);
  const output = limited(loud, []);
  const before = output.slice(0, 2_400);
  const steps = before.map((value, index) => Math.abs(value - (before[Math.max(0, index - 1)] ?? 0)));
  assert(Math.max(...steps) < 0.01, `${Math.max(...steps)}`);
});
