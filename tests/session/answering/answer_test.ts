import { assert, assertEquals } from "@std/assert";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { test } from "../../support/test.ts";

/** What a device was told, frames aside. */
const told = ({ log }: HandDevice) => log.filter((line) => line !== "frame" && line !== "hello");

test("a question is answered: words, face, start, sentence with its frames, stop, one record", async () => {
  await using gateway = new AnsweringGateway();
  gateway.engine.script = () => "what is up";
  gateway.llm.script = () => ({ text: "Nothing much. All is well here." });
  await using device = await HandDevice.listen(gateway, "auto");
  device.log.length = 0;
  device.speak(600);
  device.pause(300);
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  assertEquals(told(device), [
    "stt what is up",
    "llm thinking",
    "tts start",
    "llm neutral",
    "tts sentence_start Nothing much.",
    "tts sentence_start All is well here.",
    "tts stop",
  ]);
  const frames = device.log.filter((line) => line === "frame").length;
  assert(frames >= 28 && frames <= 33, `${frames} frames`);
  await gateway.until(() => gateway.memory.entries.length === 1, "the record");
  const [entry] = gateway.memory.entries;
  assertEquals([entry?.user, entry?.answer, entry?.heardChars, entry?.outcome], [
    "what is up",
    "Nothing much. All is well here.",
    31,
    "answered",
  ]);
  assertEquals(gateway.voice.asked.map(({ text }) => text), ["Nothing much.", "All is well here."]);
});

test("an abort stops at once, and the record has what was heard", async () => {
  await using gateway = new AnsweringGateway();
  gateway.llm.script = () => ({ text: "One two three four five six seven eight nine ten eleven twelve." });
  await using device = await HandDevice.listen(gateway, "auto");
  device.speak(600);
  device.pause(300);
  await device.until(() => device.framesMs.length > 10, "frames");
  device.say({ type: "abort" });
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  const frames = device.framesMs.length;
  await device.settled();
  assertEquals([device.framesMs.length, device.log.filter((line) => line === "tts stop").length], [
    frames,
    1,
  ]);
  await gateway.until(() => gateway.memory.entries.length === 1, "the record");
  const [entry] = gateway.memory.entries;
  assertEquals(entry?.outcome, "interrupted");
  assert(entry !== undefined && entry.heardChars > 0 && entry.heardChars < 40, JSON.stringify(entry));
  assertEquals([gateway.voice.active, gateway.llm.active], [0, 0]);
});

test("the next question knows what was said before, less what nobody heard", async () => {
  await using gateway = new AnsweringGateway();
  gateway.engine.script = (_pcm, index) => `question ${index}`;
  await using device = await HandDevice.listen(gateway, "manual");
  for (const index of [0, 1]) {
    device.log.length = 0;
    device.start("manual");
    device.speak(600);
    device.stop();
    await device.until(() => device.log.includes("tts stop"), `answer ${index}`);
  }
  const [, second] = gateway.llm.calls;
  assertEquals(second?.request.history, [
    { role: "user", content: "question 0" },
    { role: "assistant", content: "You said: question 0" },
  ]);
  assertEquals(second?.request.question, "question 1");
});
