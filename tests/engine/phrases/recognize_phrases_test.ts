import { assert, assertEquals } from "@std/assert";
import { joinPcm } from "../../../lib/audio/mod.ts";
import type { Recognition } from "../../../lib/engine/mod.ts";
import { recognizePhrases } from "../../../lib/engine/phrases/recognize_phrases.ts";
import { noise } from "../../support/noise.ts";
import { test } from "../../support/test.ts";

const LOUD = 8_000;
/** 20 dB below it. */
const WHISPER = 800;

const seconds = (s: number, level: number) => noise(s * 16_000, level);

/** A model that says `hears` of each part, and what it was given. */
function model(hears: (pcm: Int16Array, index: number) => Partial<Recognition>) {
  const heard: Int16Array[] = [];
  const hear = (pcm: Int16Array) =>
    Promise.resolve({ text: "", inferenceMs: 10, ...hears(pcm, heard.push(pcm) - 1) });
  return { heard, hear };
}

const loudest = (pcm: Int16Array) => pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
const lengthsMs = (parts: readonly Int16Array[]) => parts.map(({ length }) => length / 16);

test("speech of one loudness is heard once, as it is", async () => {
  const pcm = joinPcm([
    seconds(0.5, 1),
    seconds(1, LOUD),
    seconds(1, 1),
    seconds(1, LOUD / 3),
    seconds(0.5, 1),
  ]);
  const { heard, hear } = model(() => ({ text: "all of it", language: "en", tags: "<|HAPPY|>" }));
  assertEquals(await recognizePhrases(pcm, hear), {
    text: "all of it",
    inferenceMs: 10,
    language: "en",
    tags: "<|HAPPY|>",
  });
  assertEquals(heard, [pcm]);
});

test("a phrase that is drowned by a louder one is heard by itself, in its place", async () => {
  const parts = [seconds(1, LOUD), seconds(1, 1), seconds(1, WHISPER), seconds(1, 1), seconds(1, LOUD)];
  const { heard, hear } = model((_, index) => ({ text: `part ${index}` }));
  const { text, inferenceMs } = await recognizePhrases(joinPcm(parts), hear);
  assertEquals([text, inferenceMs], ["part 0 part 1 part 2", 30]);
  assertEquals(heard.map(loudest).map((level) => level > WHISPER), [true, false, true]);
  assertEquals(lengthsMs(heard), [1_500, 2_000, 1_500], "cut amid the pauses");
  assertEquals(joinPcm(heard), joinPcm(parts));
});

test("whispers in a row, and loud phrases in a row, stay together", async () => {
  const [loud, whisper, pause] = [seconds(1, LOUD), seconds(1, WHISPER), seconds(1, 1)];
  const pcm = joinPcm([whisper, pause, whisper, pause, loud, pause, loud]);
  const { heard, hear } = model(() => ({ text: "a" }));
  assertEquals((await recognizePhrases(pcm, hear)).text, "a a");
  assertEquals(lengthsMs(heard), [3_500, 3_500]);
});

test("a sound that is found to have nothing is tried with other margins, up to the first that has words", async () => {
  const pcm = joinPcm([seconds(1, 1), seconds(0.5, LOUD), seconds(0.06, 1)]);
  for (const found of [1, 2, 3]) {
    const { heard, hear } = model((_, index) => index === found ? { text: "yes" } : {});
    assertEquals((await recognizePhrases(pcm, hear)).text, "yes");
    assertEquals(lengthsMs(heard), [1_560, 900, 700, 980].slice(0, found + 1));
    assertEquals(heard[0], pcm);
    // Each has the whole word with what was before it, and silence where the recording had ended.
    const [again = new Int16Array(0)] = heard.slice(1);
    assertEquals(again.subarray(0, 200 * 16 + 8_000 + 960), pcm.subarray(800 * 16));
    assertEquals(loudest(again.subarray(200 * 16 + 8_000 + 960)), 0);
  }
});

test("a word at the very beginning gets silence before it", async () => {
  const pcm = joinPcm([seconds(0.5, LOUD), seconds(1, 1)]);
  const { heard, hear } = model(() => ({}));
  assertEquals((await recognizePhrases(pcm, hear)).text, "");
  assertEquals(lengthsMs(heard), [1_500, 900, 700, 980]);
  const again = heard[1] ?? new Int16Array(0);
  assertEquals([loudest(again.subarray(0, 3_200)), loudest(again.subarray(3_200, 3_300)) > 0], [0, true]);
});

test("silence is not tried again, nor is what is longer than a word or two", async () => {
  for (
    const pcm of [
      new Int16Array(16_000),
      new Int16Array(0),
      seconds(2, 1),
      joinPcm([seconds(1, 1), seconds(6, LOUD), seconds(1, 1)]),
      joinPcm([seconds(1, 1), seconds(0.5, LOUD), seconds(5.5, 1), seconds(0.5, LOUD), seconds(1, 1)]),
    ]
  ) {
    const { heard, hear } = model(() => ({}));
    assertEquals((await recognizePhrases(pcm, hear)).text, "");
    assertEquals(heard.length, 1);
  }
});

test("only the part in which nothing was found is tried again", async () => {
  const pcm = joinPcm([seconds(1, LOUD), seconds(1, 1), seconds(1, WHISPER), seconds(1, 1)]);
  const { heard, hear } = model((pcm) => loudest(pcm) > WHISPER ? { text: "loud" } : {});
  assertEquals((await recognizePhrases(pcm, hear)).text, "loud");
  assert(heard.length > 2 && heard.slice(1).every((part) => loudest(part) <= WHISPER));
});
