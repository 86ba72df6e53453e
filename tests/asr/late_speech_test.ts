import { assertEquals } from "@std/assert";
import { LateSpeech } from "../../lib/asr/late_speech.ts";
import { test } from "../support/test.ts";

const CHUNK_MS = 60;

/** Chunks of one level, in dB to full scale; `undefined` is digital silence. */
function hear(late: LateSpeech, durationMs: number, levelDb?: number): void {
  const sample = levelDb === undefined ? 0 : Math.round(32_768 * 10 ** (levelDb / 20));
  for (let ms = 0; ms < durationMs; ms += CHUNK_MS) {
    late.push({ durationMs: CHUNK_MS, pcm: new Int16Array(16 * CHUNK_MS).fill(sample) });
  }
}

test("late speech: nothing, silence and a quiet room are none", () => {
  const late = new LateSpeech();
  assertEquals(late.likely, false);
  hear(late, 3_000);
  assertEquals(late.likely, false);
  hear(late, 3_000, -55);
  assertEquals(late.likely, false);
});

test("late speech: what rises out of quiet or noise may be some, for a second; noise that goes on is none", () => {
  for (const noiseDb of [undefined, -55, -40]) {
    const late = new LateSpeech();
    hear(late, 3_000, noiseDb);
    hear(late, 60, -25);
    assertEquals(late.likely, true, `over ${noiseDb}`);
    hear(late, 1_020, noiseDb);
    assertEquals(late.likely, false, `a second after it, over ${noiseDb}`);
  }
  const late = new LateSpeech();
  hear(late, 3_000, -40);
  assertEquals(late.likely, false);
});

test("late speech: a beginning with nothing before it may be some; after a second it has to rise", () => {
  const late = new LateSpeech();
  hear(late, 300, -30);
  assertEquals(late.likely, true);
  hear(late, 900, -30);
  assertEquals(late.likely, false);
});

test("late speech: what the service has judged is none, wherever it says that speech has ended", () => {
  const late = new LateSpeech();
  hear(late, 1_200);
  hear(late, 300, -25);
  late.stopped();
  assertEquals(late.likely, false);
  hear(late, 120, -25);
  assertEquals(late.likely, true);
  late.stopped(1_560);
  assertEquals(late.likely, true);
  late.stopped(1_620);
  assertEquals(late.likely, false);
  late.stopped(99_999);
  hear(late, 60, -25);
  assertEquals(late.likely, true, "a place that lies ahead of the sound is no judgment of it");
});

test("late speech: sound that was not decoded is silence", () => {
  const late = new LateSpeech();
  late.push({ durationMs: CHUNK_MS });
  assertEquals(late.likely, false);
});
