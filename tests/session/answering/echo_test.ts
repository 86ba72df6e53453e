import { assertEquals } from "@std/assert";
import { OpusDecoder } from "../../../lib/audio/mod.ts";
import { isEcho } from "../../../lib/session/answering/echo.ts";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { noise } from "../../support/noise.ts";
import { test } from "../../support/test.ts";

const FRAME_SAMPLES = 960;
const SPOKEN = "The quick brown fox jumps over the lazy dog and runs into the forest before anybody sees it.";

test("isEcho: most of its words were spoken, be it with other endings", () => {
  assertEquals(isEcho("The quick ground foxes", SPOKEN), true);
  assertEquals(isEcho("lazy dogs and run", SPOKEN), true);
  assertEquals(isEcho("what about the cat", SPOKEN), false);
  assertEquals(isEcho("stop it please", SPOKEN), false);
  assertEquals(isEcho("a b c", "abc bcd cde"), false);
  assertEquals(isEcho("", SPOKEN), false);
});

test("isEcho: Chinese is compared by pairs of characters", () => {
  assertEquals(isEcho("今天天气", "今天天气很好，适合出门。"), true);
  assertEquals(isEcho("换一首歌", "今天天气很好，适合出门。"), false);
});

test("an echo whose words come when the answer is over is no question", async () => {
  await using gateway = new AnsweringGateway({ interrupt: "speech" });
  gateway.engine.script = (_pcm, index) =>
    index === 0 ? "what is up" : index < 3 ? "one two three four" : "and now";
  gateway.llm.script = () => ({ text: "One two three four five six seven." });
  await using device = await HandDevice.listen(gateway, "realtime");
  device.speak(600);
  device.pause(300);
  await device.until(() => device.framesMs.length > 0, "the answer");
  // The first time the answer is held, and goes on when it is known what was heard; it is not held again.
  device.speak(600);
  device.pause(300);
  const stops = () => device.log.filter((line) => line === "tts stop").length;
  const starts = () => device.log.filter((line) => line === "tts start").length;
  await device.until(() => stops() === 1 && starts() === 2, "the answer to go on");
  device.speak(600);
  await device.until(() => stops() === 2, "the end of the answer");
  device.pause(300);
  await gateway.until(() => gateway.engine.segments.length === 3, "what was heard");
  await gateway.until(() => gateway.gateway.stats.counters.turnsText === 3, "its words");
  // What is said then is a question.
  device.speak(600);
  device.pause(300);
  await device.until(() => device.log.includes("stt and now"), "the next question");
  assertEquals(device.log.filter((line) => line.startsWith("stt")), ["stt what is up", "stt and now"]);
  assertEquals(gateway.llm.calls.length, 2);
});

test("a device's own sound is no question, whatever words were found in it", async () => {
  await using gateway = new AnsweringGateway({ interrupt: "speech" });
  gateway.engine.script = (_pcm, index) => index === 0 ? "tell me a story" : "a neighbor talks aloud";
  gateway.llm.script = () => ({ text: "Once upon a time there was a very long story about nothing at all." });
  // Syllables, and pauses in which an utterance ends.
  const gains = [1, 0.5, 0.8, 0.3, 0.9, 0.6, 0, 0, 0, 0, 0.7, 0.3, 1, 0.9, 0.4, 0.8, 0.9, 0, 0, 0, 0];
  gateway.voice.script = () => ({ gainAt: (tenth) => gains[tenth % gains.length] ?? 0 });
  const decoder = new OpusDecoder();
  const played: Int16Array[] = [];
  await using device = await HandDevice.listen(gateway, "realtime", {
    onFrame: (opus) => played.push(decoder.decode(opus).map((sample) => sample / 2)),
  });
  // First somebody speaks; then what the device plays goes back into its microphone, two frames later.
  const said = Array.from({ length: 10 }, () => noise(FRAME_SAMPLES, 8_000));
  let beats = 0;
  const microphone = setInterval(() => {
    const echo = played.length > 0 && beats++ >= 2 ? played.shift() : undefined;
    for (const frame of device.encodeSound(said.shift() ?? echo ?? new Int16Array(FRAME_SAMPLES))) {
      device.send(frame);
    }
  }, 60);
  try {
    await gateway.until(() => gateway.memory.entries.length === 1, "the record");
    await gateway.until(() => gateway.gateway.stats.counters.turnsText > 2, "what was heard of it");
  } finally {
    clearInterval(microphone);
    decoder.close();
  }
  assertEquals(gateway.memory.entries.map(({ outcome }) => outcome), ["answered"]);
  assertEquals(gateway.llm.calls.length, 1);
  assertEquals(gateway.gateway.stats.counters.answersInterrupted, 0);
});
