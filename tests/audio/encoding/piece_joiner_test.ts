import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { PieceJoiner } from "../../../lib/audio/encoding/piece_joiner.ts";
import { toFloat32 } from "../../../lib/audio/mod.ts";
import { tone } from "../../support/levels.ts";
import { test } from "../../support/test.ts";

const RATE_HZ = 16_000;

/** The pieces through one joiner, each in parts of so many samples. */
function joinedOf(pieces: readonly Float32Array[], step: number): Float32Array {
  const joiner = new PieceJoiner(RATE_HZ);
  const output: number[] = [];
  for (const piece of pieces) {
    joiner.begin();
    for (let at = 0; at < piece.length; at += step) {
      output.push(...joiner.push(piece.subarray(at, at + step)));
    }
  }
  output.push(...joiner.flush());
  return Float32Array.from(output);
}

function largestStep(samples: Float32Array): number {
  return samples.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - (samples[index - 1] ?? 0))),
    0,
  );
}

test("pieces that have nothing in common lead over without a step, and nothing is lost", () => {
  // The first ends at its highest sample, the second begins at its lowest.
  const first = toFloat32(tone(4_010, { sampleRateHz: RATE_HZ, hz: 400, amplitude: 16_000 }));
  const second = toFloat32(tone(4_000, { sampleRateHz: RATE_HZ, hz: 400, amplitude: 16_000, from: 30 }));
  assert((first.at(-1) ?? 0) - (second[0] ?? 0) > 0.8, "a click, if they were just put together");
  for (const step of [1, 7, 80, 4_010]) {
    const output = joinedOf([first, second], step);
    assertEquals(output.length, 8_010);
    assertLess(largestStep(output), 0.11); // the tone's own is 0.077, and 1 in 5 ms leads over
    assertEquals(output.slice(0, 3_900).subarray(100), first.slice(0, 3_900).subarray(100));
    assertEquals(output.slice(4_100, 7_800), second.slice(90, 3_790));
  }
});

test("a sound that goes on is not touched where it was cut", () => {
  const whole = toFloat32(tone(8_000, { sampleRateHz: RATE_HZ }));
  const output = joinedOf([whole.slice(0, 1_234), whole.slice(1_234, 1_240), whole.slice(1_240)], 50);
  const worst = output.slice(0, 7_900).reduce(
    (most, value, index) => Math.max(most, Math.abs(value - (whole[index] ?? 9))),
    0,
  );
  assertLess(worst, 0.01);
});

test("10 ms are held, and fade out within 5 where nothing follows", () => {
  const joiner = new PieceJoiner(RATE_HZ);
  joiner.begin();
  const samples = new Float32Array(1_000).fill(0.5);
  assertEquals(joiner.push(samples).length, 840);
  assertEquals(joiner.isSilent, false);
  const rest = joiner.flush();
  assertEquals([rest.length, rest[79]], [160, 0.5]);
  assertAlmostEquals(rest[120] ?? 0, 0.25, 0.02);
  assertAlmostEquals(rest[159] ?? 1, 0, 1e-6);
  assertEquals(joiner.isSilent, true);
});

test("an end below -50 dB is silent, one above is not", () => {
  for (const [amplitude, isSilent] of [[0.0044, false], [0.0030, true], [0, true]] as const) {
    const joiner = new PieceJoiner(RATE_HZ);
    joiner.begin();
    joiner.push(Float32Array.from({ length: 1_000 }, (_, index) => index < 800 ? 0.5 : amplitude));
    assertEquals(joiner.isSilent, isSilent, `${amplitude}`);
  }
});
