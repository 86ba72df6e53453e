import { assert, assertEquals } from "@std/assert";
import { emotionIn, EmotionReader } from "../../lib/dialogue/mod.ts";
import { bareEmoji, EMOTION_OF_EMOJI } from "../../lib/dialogue/emotion_table.ts";
import { type Emotion, EMOTIONS } from "../../lib/protocol/mod.ts";
import { test } from "../support/test.ts";

function read(...pieces: string[]): (Emotion | undefined)[] {
  const reader = new EmotionReader();
  return pieces.map((piece) => reader.read(piece));
}

test("every face of the firmware has its own emoji, and neighbors are mapped", () => {
  const own = [..."😶🙂😆😂😔😠😭😍😳😲😱🤔😉😎😌🤤😘😏😴😜🙄"];
  assertEquals(own.map(emotionIn), [...EMOTIONS]);
  assert(EMOTION_OF_EMOJI.size >= 80, `${EMOTION_OF_EMOJI.size}`);
  // None stands twice: a later one would win silently.
  for (const [emoji, emotion] of EMOTION_OF_EMOJI) {
    assertEquals(emotionIn(emoji), emotion, emoji);
    assertEquals(bareEmoji(emoji), emoji);
  }
});

test("the first piece always has a face, later ones when it changes", () => {
  assertEquals(read("你好！", "我很好。", "再见。"), ["neutral", undefined, undefined]);
  assertEquals(read("😊你好！", "好的。", "😢唉。", "😞唉。", "嗯😂"), [
    "happy",
    undefined,
    "sad",
    undefined,
    "funny",
  ]);
  assertEquals(read("你好！", "😊太好了。", "😶"), ["neutral", "happy", "neutral"]);
  assertEquals(read("Hi 🍎😎 😢", ""), ["cool", undefined]);
});

test("a tag in square brackets is a face, in either language and any case", () => {
  const tags: [string, Emotion | undefined][] = [
    ["[happy] Hi", "happy"],
    ["[HAPPY]Hi", "happy"],
    ["[ Excited ]", "happy"],
    ["【开心】好", "happy"],
    ["[难过]唉", "sad"],
    ["[sleepy]", "sleepy"],
    ["[laughs] Ha", "laughing"],
    ["[😊] Hi", "happy"],
    ["[a link](u) 😎", "cool"],
    ["[1]", undefined],
    ["happy", undefined],
    ["[x][angry]", "angry"],
  ];
  for (const [text, emotion] of tags) assertEquals(emotionIn(text), emotion, text);
});

test("variation selectors, skin tones, sexes and joined emoji", () => {
  const signs: [string, Emotion | undefined][] = [
    ["☺️", "happy"],
    ["☺", "happy"],
    ["❤️", "loving"],
    ["❤", "loving"],
    ["👍🏽", "happy"],
    ["🤷🏽‍♀️", "confused"],
    ["🤦‍♂️", "embarrassed"],
    ["😮‍💨", "relaxed"],
    ["😮", "surprised"],
    ["😵‍💫", "confused"],
    ["😶‍🌫️", "neutral"],
    ["❤️‍🔥", "loving"],
    ["👨‍👩‍👧", undefined],
    ["🇨🇳", undefined],
    ["🇨🇳😊", "happy"],
    ["1️⃣", undefined],
    ["🏳️‍🌈", undefined],
    ["🧘🏿‍♀️", "relaxed"],
    ["\ud83d", undefined],
    ["", undefined],
    ["👩‍🚀😂", "funny"],
  ];
  for (const [text, emotion] of signs) assertEquals(emotionIn(text), emotion, text);
});

test("what stands in code is no face", () => {
  assertEquals(emotionIn("```\nprint('😊')\n```\n"), undefined);
  assertEquals(emotionIn("`😊` 😎"), "cool");
  assertEquals(emotionIn("```\nopen 😊"), undefined);
});
