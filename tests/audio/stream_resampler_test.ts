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

test("pieces give, bit by bit and at any two rates, what the whole sound gives", () => {
  const rateHz = fc.oneof(
    fc.constantFrom(8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000, 176_400, 192_000),
    fc.integer({ min: 1_000, max: 200_000 }),
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 6 });
  fc.assert(
    fc.property(rateHz, rateHz, sizes, fc.infiniteStream(fc.integer({ min: -1_000, max: 1_000 })), (
      fromHz,
      toHz,
      lengths,
      values,
    ) => {
      const chunks = lengths.map((length) =>
        Float32Array.from(values.take(length), (value) => value / 1_000)
      );
      const resampler = new StreamResampler(fromHz, toHz);
      const given = [...chunks.flatMap((chunk) => [...resampler.push(chunk)]), ...resampler.flush()];
      const whole = resample(Float32Array.from(chunks.flatMap((chunk) => [...chunk])), fromHz, toHz);
      assertEquals(Float32Array.from(given), whole);
    }),
    { numRuns: 50 },
  );
});

test("what is held does not grow, and little is late", () => {
  for (const fromHz of [8_000, 44_100, 44_099, 192_000]) {
    const resampler = new StreamResampler(fromHz, 16_000);
    let given = 0;
    for (let pushed = 0; pushed < 2 * fromHz;) {
      given += resampler.push(new Float32Array(4_000)).length;
      pushed += 4_000;
      assert(pushed * 16_000 / fromHz - given < 16_000 * 0.01, `${fromHz} Hz: ${given} of ${pushed}`);
      assert(resampler.heldSamples <= fromHz * 0.02, `${fromHz} Hz: ${resampler.heldSamples}`);
    }
  }
});
