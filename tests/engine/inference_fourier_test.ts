import { assertAlmostEquals, assertThrows } from "@std/assert";
import { Fourier } from "../../lib/engine/inference/fourier.ts";
import { pulsesOf } from "../../lib/engine/inference/pulses.ts";
import { type FrameSpectrum, ShortTimeFourier } from "../../lib/engine/inference/short_time_fourier.ts";
import { cosineOf, sineOf } from "../../lib/engine/inference/wave_table.ts";
import fc from "../support/fast_check.ts";
import { test } from "../support/test.ts";

const WINDOW = 1_200;
const STEP = WINDOW / 4;

/** A value that looks like noise, and is the same each time. */
const rough = (index: number) => Math.sin(index * index * 0.7 + index);

test("a transform is the sum that defines it, for every length without large prime factors", () => {
  for (const size of [1, 2, 3, 4, 5, 8, 30, 60, 100]) {
    const re = Float64Array.from({ length: size }, (_, index) => rough(index));
    const im = Float64Array.from({ length: size }, (_, index) => rough(index + 1_000));
    const [foundRe, foundIm] = [re.slice(), im.slice()];
    new Fourier(size).transform(foundRe, foundIm);
    for (let bin = 0; bin < size; bin++) {
      let [sumRe, sumIm] = [0, 0];
      for (let at = 0; at < size; at++) {
        const angle = -2 * Math.PI * at * bin / size;
        sumRe += (re[at] ?? 0) * Math.cos(angle) - (im[at] ?? 0) * Math.sin(angle);
        sumIm += (re[at] ?? 0) * Math.sin(angle) + (im[at] ?? 0) * Math.cos(angle);
      }
      assertAlmostEquals(foundRe[bin] ?? NaN, sumRe, 1e-9, `${size}: ${bin}`);
      assertAlmostEquals(foundIm[bin] ?? NaN, sumIm, 1e-9, `${size}: ${bin}`);
    }
  }
  assertThrows(() => new Fourier(14), RangeError, "prime factor");
});

test("sound that is taken apart frame by frame and put together again is the same sound", () => {
  const transform = new ShortTimeFourier(WINDOW);
  for (const frames of [4, 7, 8]) {
    const sound = Float64Array.from({ length: frames * STEP }, (_, index) => rough(index));
    const padded = new Float64Array(transform.paddedSamples(frames + 1));
    const pair = [transform.newFrame(), transform.newFrame()] as const;
    for (let frame = 0; frame < frames; frame += 2) {
      transform.analyze(sound, frame, pair);
      if (frame + 1 === frames) { for (const part of [pair[1].re, pair[1].im]) part.fill(0); }
      transform.synthesize(padded, frame, pair);
    }
    const found = transform.finish(padded, frames);
    // At the very ends fewer windows overlap, and the last samples have nearly none.
    for (let at = 0; at < sound.length - STEP; at++) {
      assertAlmostEquals((found[at] ?? NaN) * STEP, sound[at] ?? NaN, 1e-6, `${frames}: ${at}`);
    }
  }
});

test("a cosine has the magnitude 1 in its bin", () => {
  const transform = new ShortTimeFourier(WINDOW);
  const sound = Float64Array.from({ length: 8 * STEP }, (_, at) => Math.cos(2 * Math.PI * 50 * at / WINDOW));
  const pair = [transform.newFrame(), transform.newFrame()] as const;
  transform.analyze(sound, 4, pair);
  const magnitude = ({ re, im }: FrameSpectrum, bin: number) => Math.hypot(re[bin] ?? 0, im[bin] ?? 0);
  for (const frame of pair) {
    assertAlmostEquals(magnitude(frame, 50), 1, 1e-9);
    assertAlmostEquals(magnitude(frame, 60), 0, 1e-9);
  }
});

test("a table's cosine and sine are as exact as 16 bits can tell", () => {
  fc.assert(fc.property(fc.double({ min: -1_000, max: 1_000, noNaN: true }), (turns) => {
    assertAlmostEquals(cosineOf(turns), Math.cos(2 * Math.PI * turns), 1e-6);
    assertAlmostEquals(sineOf(turns), Math.sin(2 * Math.PI * turns), 1e-6);
  }));
});

test("pulses stand a period apart, as high as there are harmonics, and there are none without a pitch", () => {
  const options = { frameSamples: 300, sampleRateHz: 24_000 };
  const voiced = pulsesOf(new Float32Array(40).fill(100), options);
  const peaks = [...voiced.keys()].filter((at) => (voiced[at] ?? 0) > 50);
  // 240 samples at 100 Hz, and the first period ends with a pulse.
  for (const [index, peak] of peaks.entries()) assertAlmostEquals(peak, (index + 1) * 240 - 1, 1);
  assertAlmostEquals(Math.max(...voiced), 110, 1);
  const unvoiced = pulsesOf(new Float32Array(10).fill(39), options);
  assertAlmostEquals(Math.max(...unvoiced), 0, 0);
});
