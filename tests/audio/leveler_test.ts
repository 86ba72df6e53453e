import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Leveler, type LevelerOptions, toFloat32, toPcm16 } from "../../lib/audio/mod.ts";
import { rmsDb, tone, voicedDb, withVoicedDb } from "../support/levels.ts";
import { noise } from "../support/noise.ts";
import { FELLOW, speechClip, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";

const RATE_HZ = 16_000;
const ignore = speechMissing(FELLOW);

/** The sound after the leveler, given in pieces of so many samples. */
function leveled(pcm: Int16Array, size: number, options: LevelerOptions = {}): Int16Array {
  const leveler = new Leveler(options);
  const parts: number[] = [];
  for (let at = 0; at < pcm.length; at += size) {
    parts.push(...leveler.push(toFloat32(pcm.subarray(at, at + size)), RATE_HZ));
  }
  parts.push(...leveler.end());
  assertEquals(parts.length, pcm.length);
  return toPcm16(Float32Array.from(parts));
}

test("a tone of any level leaves at -18 dB, from its first sample on", () => {
  for (const db of [-6, -12, -18, -24, -30, -40]) {
    const pcm = tone(RATE_HZ, { sampleRateHz: RATE_HZ, amplitude: 32_768 * Math.SQRT2 * 10 ** (db / 20) });
    for (const size of [1, 100, 4_800, RATE_HZ]) {
      const output = leveled(pcm, size);
      assertAlmostEquals(rmsDb(output), -18, 2, `${db} dB by ${size}`);
      assertAlmostEquals(rmsDb(output.subarray(0, 1_600)), -18, 2, `${db} dB by ${size}, the beginning`);
    }
  }
});

test("a known voice leaves at once, and with its gain", () => {
  const leveler = new Leveler({ known: { db: -30, durationMs: 3_000 } });
  const output = leveler.push(
    toFloat32(tone(1_600, { sampleRateHz: RATE_HZ, amplitude: 32_768 * Math.SQRT2 * 10 ** -1.5 })),
    RATE_HZ,
  );
  assertEquals(output.length, 1_600);
  assertAlmostEquals(rmsDb(toPcm16(output)), -18, 0.1);
});

test("silence and noise are never raised, whatever comes of them", () => {
  assertEquals(leveled(new Int16Array(3 * RATE_HZ), 500), new Int16Array(3 * RATE_HZ));
  for (const amplitude of [30, 300, 3_000]) {
    const pcm = noise(3 * RATE_HZ, amplitude);
    for (const size of [320, 4_800]) {
      assertAlmostEquals(rmsDb(leveled(pcm, size)), rmsDb(pcm), 0.1, `${amplitude} by ${size}`);
    }
  }
});

test("a new voice is held for 1.5 s of sound at most, even where nobody speaks", () => {
  const leveler = new Leveler();
  let [pushed, given, most] = [0, 0, 0];
  for (const pcm of [new Int16Array(5 * RATE_HZ), noise(5 * RATE_HZ, 500)]) {
    for (let at = 0; at < pcm.length; at += 320) {
      given += leveler.push(toFloat32(pcm.subarray(at, at + 320)), RATE_HZ).length;
      pushed += 320;
      most = Math.max(most, pushed - given);
    }
  }
  assert(most <= 1.5 * RATE_HZ, `${most / RATE_HZ} s`);
});

test("after a quiet beginning of noise, speech leaves at -18 dB", () => {
  const { pcm } = speechClip(FELLOW);
  const quiet = noise(RATE_HZ, 60);
  const speech = withVoicedDb(pcm, -24, RATE_HZ);
  const whole = new Int16Array(quiet.length + speech.length);
  whole.set(quiet);
  whole.set(speech, quiet.length);
  for (const size of [320, 4_800]) {
    const output = leveled(whole, size);
    assertAlmostEquals(voicedDb(output.subarray(RATE_HZ), RATE_HZ), -18, 3);
  }
}, { ignore });

test("a whisper, which has no pitch, is speech as well", () => {
  const breath = noise(3 * RATE_HZ, 1_000);
  const whisper = breath.map((value, index) =>
    value * Math.max(0, Math.sin(2 * Math.PI * 3 * index / RATE_HZ)) ** 2
  );
  assert(voicedDb(whisper, RATE_HZ) < -32);
  assertAlmostEquals(voicedDb(leveled(whisper, 4_800), RATE_HZ), -18, 2);
});

test("the gain changes by 4 dB a second at most, where the beginning was no exception", () => {
  // Louder and louder by 5 dB.
  const pcm = tone(4 * RATE_HZ, { sampleRateHz: RATE_HZ }).map((value, index) =>
    value * 10 ** (index / RATE_HZ * 1.25 / 20)
  );
  const output = leveled(pcm, 320);
  const gainAt = (second: number) =>
    rmsDb(output.subarray(second * RATE_HZ, second * RATE_HZ + 1_600)) -
    rmsDb(pcm.subarray(second * RATE_HZ, second * RATE_HZ + 1_600));
  for (const second of [0, 1, 2]) {
    assert(Math.abs(gainAt(second + 1) - gainAt(second)) <= 4.1, `${gainAt(second + 1) - gainAt(second)} dB`);
  }
});

test("a beginning that was taken for the voice by mistake is put right soon", () => {
  const pcm = tone(3 * RATE_HZ, { sampleRateHz: RATE_HZ, amplitude: 10_000 }).map((value, index) =>
    index < RATE_HZ ? value / 30 : value
  );
  const output = leveled(pcm, 320);
  assertAlmostEquals(rmsDb(output.subarray(1.5 * RATE_HZ)), -18, 2);
});
