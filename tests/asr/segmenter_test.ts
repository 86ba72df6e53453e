import { assert, assertEquals, assertLess } from "@std/assert";
import fc from "../support/fast_check.ts";
import { Segmenter } from "../../lib/asr/mod.ts";
import { test } from "../support/test.ts";

const HZ = 16_000;

/** Noise of the given loudness for each stretch of seconds. */
function sound(...stretches: readonly (readonly [seconds: number, level: number])[]): Int16Array {
  const pcm = new Int16Array(stretches.reduce((sum, [seconds]) => sum + Math.round(seconds * HZ), 0));
  let at = 0;
  let random = 1;
  for (const [seconds, level] of stretches) {
    const end = at + Math.round(seconds * HZ);
    for (; at < end; at++) {
      random = Math.imul(random, 1_664_525) + 1_013_904_223 | 0;
      pcm[at] = (random / 2 ** 31) * level;
    }
  }
  return pcm;
}

function cutsAtSeconds(pcm: Int16Array, chunkSamples = 960): { cuts: number[]; knownAt: number[] } {
  const segmenter = new Segmenter();
  const cuts: number[] = [];
  const knownAt: number[] = [];
  for (let start = 0; start < pcm.length; start += chunkSamples) {
    for (const cut of segmenter.push(pcm.subarray(start, start + chunkSamples))) {
      cuts.push(cut / HZ);
      knownAt.push((start + chunkSamples) / HZ);
    }
  }
  return { cuts, knownAt };
}

function assertNear(actual: readonly number[], expected: readonly number[], within = 0.05): void {
  assertEquals(actual.length, expected.length, `${actual} instead of ${expected}`);
  for (const [index, value] of actual.entries()) assertLess(Math.abs(value - (expected[index] ?? 0)), within);
}

test("speech of less than 20 s without a clear pause stays whole", () => {
  assertEquals(cutsAtSeconds(sound([19.9, 8_000])).cuts, []);
  assertEquals(cutsAtSeconds(sound([5, 8_000], [1, 20], [10, 8_000])).cuts, []);
});

test("a clear pause after 12 s is cut in its middle, as soon as it is one", () => {
  const { cuts, knownAt } = cutsAtSeconds(sound([13, 8_000], [0.6, 20], [5, 8_000]));
  assertNear(cuts, [13.2]);
  assertNear(knownAt, [13.4], 0.1);
});

test("without a clear pause, 20 s are cut at the longest one after 12 s", () => {
  const pcm = sound([10, 8_000], [0.3, 20], [4, 8_000], [0.2, 20], [3, 8_000], [0.1, 20], [9, 8_000]);
  assertNear(cutsAtSeconds(pcm).cuts, [14.4]);
});

test("a voice that never pauses is cut where it is quietest", () => {
  const pcm = sound([16, 8_000], [0.04, 5_000], [6, 8_000]);
  assertNear(cutsAtSeconds(pcm).cuts, [16.02]);
});

test("a pause is found in a loud room as well", () => {
  assertNear(cutsAtSeconds(sound([13, 8_000], [0.6, 2_500], [5, 8_000])).cuts, [13.2]);
});

test("sound in pieces of any size is cut in the same places", () => {
  const pcm = sound([13, 8_000], [0.6, 20], [14, 8_000], [0.3, 20], [9, 8_000]);
  const { cuts } = cutsAtSeconds(pcm);
  assertEquals(cuts.length, 2);
  for (const size of [1, 320, 333, 5_760, pcm.length]) assertEquals(cutsAtSeconds(pcm, size).cuts, cuts);
});

test("segments follow each other without a gap; none exceeds 20 s, none but the last is under 12 s", () => {
  const stretch = fc.tuple(fc.double({ min: 0, max: 15, noNaN: true }), fc.integer({ min: 0, max: 30_000 }));
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 6 }), (stretches) => {
      const pcm = sound(...stretches);
      let start = 0;
      for (const end of [...new Segmenter().push(pcm), pcm.length]) {
        assert(end >= start && end - start <= 20 * HZ);
        assert(end === pcm.length || end - start >= 12 * HZ);
        start = end;
      }
    }),
    { numRuns: 20 },
  );
});
