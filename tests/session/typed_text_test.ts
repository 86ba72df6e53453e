import { assertEquals } from "@std/assert";
import type { MemoryEntry } from "../../lib/memory/mod.ts";
import { HandDevice } from "../support/hand_device.ts";
import { TestGateway } from "../support/test_gateway.ts";
import { test } from "../support/test.ts";

const detect = (text: unknown) => ({ type: "listen", state: "detect", text });

test("a message that was typed is shown, ends in tts stop, and is kept as what was said", async () => {
  for (const text of ["what time is it", "现在几点"]) {
    await using gateway = new TestGateway();
    await using device = await HandDevice.greet(gateway);
    device.heard.length = 0;
    device.say(detect(text));
    await device.hears([`stt ${text}`, "tts stop"]);
    const { messagesTyped, wakeWords } = gateway.gateway.stats.counters;
    assertEquals([messagesTyped, wakeWords], [1, 0]);
  }
});

test("a wake word in any writing is shown and ends in tts stop, and is no message", async () => {
  await using gateway = new TestGateway();
  await using device = await HandDevice.greet(gateway);
  device.heard.length = 0;
  const words = [
    "你好小智",
    "你好，小智。",
    "Hi ESP",
    "hi,esp!",
    "ＨＩ　ＥＳＰ",
    "alexa",
    "Hi,乐鑫",
    "你好小智❗️",
    "\u200b小智",
    "Alexa\0",
  ];
  for (const word of words) device.say(detect(word));
  await device.hears(words.flatMap((word) => [`stt ${word}`, "tts stop"]));
  const { messagesTyped, wakeWords } = gateway.gateway.stats.counters;
  assertEquals([messagesTyped, wakeWords], [0, words.length]);
});

test("session.wakeWords takes the place of those that firmware ships", async () => {
  const entries: MemoryEntry[] = [];
  await using gateway = new TestGateway(undefined, { session: { wakeWords: ["Hey House"] } });
  await using device = await HandDevice.greet(gateway);
  device.heard.length = 0;
  device.say(detect("hey, house"));
  device.say(detect("Alexa"));
  await device.hears(["stt hey, house", "tts stop", "stt Alexa", "tts stop"]);
  const { messagesTyped, wakeWords } = gateway.gateway.stats.counters;
  assertEquals([messagesTyped, wakeWords, entries.length], [1, 1, 0]);
});

test("a detect without a text ends the wait, and shows nothing", async () => {
  await using gateway = new TestGateway();
  await using device = await HandDevice.greet(gateway);
  device.heard.length = 0;
  for (const text of ["", "  ", 7, undefined]) device.say(detect(text));
  await device.hears(["tts stop", "tts stop", "tts stop", "tts stop"]);
});

test("a wake word before listening costs the utterance nothing", async () => {
  await using gateway = new TestGateway();
  await using device = await HandDevice.greet(gateway);
  device.heard.length = 0;
  device.speak(1_200); // the wake word's own sound
  device.say(detect("你好小智"));
  device.start("auto");
  device.speak(600);
  device.pause(1_200);
  await device.hears(["stt 你好小智", "tts stop", "stt segment 0", "tts start", "tts stop"]);
});
