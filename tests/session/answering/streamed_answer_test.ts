import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { AsrProvider } from "../../../lib/asr/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import { FakeVoice } from "../../support/fake_voice.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { test } from "../../support/test.ts";

const streaming = (name = "flite") => new FakeVoice({ name, textIn: "streamed" });

/** Another voice, whatever its type is. */
const SECOND = { tts: { second: { type: "openai" } } };

/** A recognizer that is not asked. */
const NOBODY: AsrProvider = {
  name: "cloud",
  capabilities: {
    streaming: false,
    partials: false,
    endpointing: false,
    encodings: ["pcm16"],
    languages: "any",
  },
  open: () => Promise.reject(new Error("Nobody speaks in this test")),
};

const told = ({ log }: HandDevice) => log.filter((line) => line.startsWith("tts"));

async function ask(gateway: AnsweringGateway): Promise<HandDevice> {
  const device = await HandDevice.listen(gateway, "auto");
  device.log.length = 0;
  device.speak(600);
  device.pause(300);
  return device;
}

test("an answer is one request; each piece is shown about when it is spoken", async () => {
  const voice = streaming();
  await using gateway = new AnsweringGateway({}, {}, { voice });
  gateway.llm.script = () => ({
    text: "Nothing much. All is well here today, thank you. Come and see me soon.",
  });
  await using device = await ask(gateway);
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  assertEquals(told(device), [
    "tts start",
    "tts sentence_start Nothing much.",
    "tts sentence_start All is well here today, thank you.",
    "tts sentence_start Come and see me soon.",
    "tts stop",
  ]);
  assertEquals(voice.streams.map((parts) => parts.join("")), [
    "Nothing much. All is well here today, thank you. Come and see me soon.",
  ]);
  // Where the second begins: 60 ms a letter, 65 reckoned, a frame of 60 ms.
  const frames =
    device.log.slice(0, device.log.indexOf("tts sentence_start All is well here today, thank you."))
      .filter((line) => line === "frame").length;
  assert(frames >= 12 && frames <= 16, `${frames} frames`);
  await gateway.until(() => gateway.memory.entries.length === 1, "the record");
  const [entry] = gateway.memory.entries;
  assertEquals([entry?.heardChars, entry?.outcome], [entry?.answer.length, "answered"]);
});

test("an abort ends the request, and the record has what was heard", async () => {
  const voice = streaming();
  await using gateway = new AnsweringGateway({}, {}, { voice });
  gateway.llm.script = () => ({
    text: "One two three four five six. Seven eight nine ten eleven. ",
    tokenMs: 40,
  });
  await using device = await ask(gateway);
  await device.until(() => device.framesMs.length > 12, "frames");
  device.say({ type: "abort" });
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  await gateway.until(() => gateway.memory.entries.length === 1, "the record");
  const [entry] = gateway.memory.entries;
  assertEquals(entry?.outcome, "interrupted");
  assert((entry?.heardChars ?? 0) > 0 && (entry?.heardChars ?? 0) < 40, JSON.stringify(entry));
  assertEquals(voice.active, 0);
});

test("a voice that fails before its first sound is taken over from; a text that breaks off is spoken so far", async () => {
  const [first, second] = [streaming(), new FakeVoice({ name: "second" })];
  first.script = () => ({ fault: { code: "tts.failed" } });
  await using gateway = new AnsweringGateway({ tts: ["flite", "second"] }, SECOND, {
    voice: first,
    voices: [second],
  });
  gateway.llm.script = () => ({
    text: "One and two. Three and four and five and six. ",
    fault: { at: "end", error: new EarshotError("llm.failed", "Cannot go on: the test says so") },
  });
  await using device = await ask(gateway);
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  const [said, fault] = told(device).filter((line) => line.startsWith("tts sentence_start"));
  assertEquals(said, "tts sentence_start One and two.");
  assertStringIncludes(fault ?? "", "I cannot answer");
  // Tried again once, then taken over from.
  assertEquals(first.streams, [["One and two."], ["One and two."]]);
  assertEquals(second.asked.map(({ text }) => text), ["One and two."]);
});

test("another language goes to the voice that speaks it, as a request of its own", async () => {
  const english = new FakeVoice({ name: "flite", textIn: "streamed", languages: ["en"] });
  const chinese = new FakeVoice({ name: "second", textIn: "streamed", languages: ["zh"] });
  const agent = { asr: "cloud", tts: ["flite", "second"], language: ["en", "zh-CN"] };
  const changes = { ...SECOND, asr: { cloud: { type: "openai", url: "http://localhost:1" } } };
  await using gateway = new AnsweringGateway(agent, changes, {
    voice: english,
    voices: [chinese],
    service: NOBODY,
  });
  gateway.llm.script = () => ({ text: "Hello to you all. 今天天气很好。你好吗？ Good bye for now." });
  await using device = await HandDevice.greet(gateway);
  device.say({ type: "listen", state: "detect", text: "What is the weather like?" });
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  assertEquals(english.streams, [["Hello to you all."], ["Good bye for now."]]);
  assertEquals(chinese.streams.map((parts) => parts.join("")), ["今天天气很好。你好吗？"]);
});
