import { assert, assertEquals } from "@std/assert";
import { resample, StreamResampler } from "../../lib/audio/mod.ts";
import fc from "../support/fast_check.ts";
import { test } from "../support/test.ts";

test("sound in pieces of any size is resampled as if it had come at once", () => {
  const whole = Float32Array.from({ length: 8_000 }, (_, index) => Math.sin(index * 0.2) * 0.5);
  const expected = resample(whole, 16_000, 24_000);
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 2_500 }), { maxLength: 30 }), (sizes) => {
    const resampler = new StreamResampler(16_000, 24_000);
    const parts: number[] = [];
    let at = 0;
    for (const size of sizes) {
      parts.push(...resampler.push(whole.subarray(at, at + size)));
      at += size;
    }
    parts.push(...resampler.push(whole.subarray(at)), ...resampler.flush());
    assertEquals(parts.length, expected.length);
    const worst = parts.reduce(
      (max, value, index) => Math.max(max, Math.abs(value - (expected[index] ?? 9))),
      0,
    );
    assert(worst < 1e-5, `off by ${worst}`);
  }));
});
