import { assert, assertEquals } from "@std/assert";
import { resample, StreamResampler } from "../../lib/audio/mod.ts";
import { resampler } from "../../lib/audio/resample.ts";
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

/** Converts every piece with its margins of 20 ms as a whole, and cuts them off after. */
function margined(fromHz: number, toHz: number, chunks: readonly Float32Array[]): number[] {
  const convert = resampler(fromHz, toHz);
  const context = fromHz / 50;
  const ratio = toHz / fromHz;
  const output: number[] = [];
  let held = new Float32Array(context);
  for (const chunk of chunks) {
    held = Float32Array.of(...held, ...chunk);
    const ready = Math.floor((held.length - 2 * context) / context) * context;
    if (ready <= 0) continue;
    const piece = convert(held.slice(0, ready + 2 * context));
    output.push(...piece.slice(context * ratio, (context + ready) * ratio));
    held = held.slice(ready);
  }
  const last = convert(Float32Array.of(...held, ...new Float32Array(context)));
  return [...output, ...last.slice(context * ratio, Math.ceil(held.length * ratio))];
}

test("what is given equals, bit by bit, the middle of the converted piece with its margins", () => {
  const rateHz = fc.oneof(
    fc.constantFrom(8_000, 16_000, 24_000, 44_100, 48_000),
    fc.integer({ min: 160, max: 960 }).map((times) => times * 50),
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
      assertEquals(Float32Array.from(given), Float32Array.from(margined(fromHz, toHz, chunks)));
    }),
    { numRuns: 50 },
  );
});
