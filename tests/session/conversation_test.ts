import { assert, assertEquals } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { AnsweringGateway } from "../support/answering_gateway.ts";
import { HandDevice } from "../support/hand_device.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

/** What a device was told, frames aside. */
const told = ({ log }: HandDevice) => log.filter((line) => line !== "frame" && line !== "hello");
const frames = ({ log }: HandDevice) => log.filter((line) => line === "frame").length;

/** A promise that a test keeps, as what an answer waits for. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { wait: () => promise, open: resolve };
}

/** Says something in auto or realtime mode, so that its end is known. */
function say(device: HandDevice): void {
  device.speak(600);
  device.pause(300);
}

test("words that come before the first frame withdraw the answer, and both are answered as one", async () => {
  await using gateway = new AnsweringGateway();
  gateway.engine.script = (_pcm, index) => ["turn on", "the kettle"][index] ?? "";
  const held = gate();
  gateway.voice.script = (_speech, index) => index === 0 ? { before: held.wait } : {};
  await using device = await HandDevice.listen(gateway, "auto");
  device.log.length = 0;
  say(device);
  await until(() => gateway.voice.asked.length === 1, "the first answer");
  say(device);
  await until(() => gateway.llm.calls.length === 2, "the second question");
  held.open();
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  assertEquals(gateway.llm.calls.map(({ request }) => request.question), ["turn on", "turn on the kettle"]);
  assertEquals(gateway.llm.calls[1]?.request.history, []);
  assertEquals(told(device).filter((line) => line.startsWith("stt") || line.includes("sentence")), [
    "stt turn on",
    "stt turn on the kettle",
    "tts sentence_start You said: turn on the kettle",
  ]);
  await until(() => gateway.memory.entries.length === 1, "one record");
  await device.settled();
  assertEquals(gateway.memory.entries.map(({ user }) => user), ["turn on the kettle"]);
});

test("noise before the first frame changes nothing, but the answer waits until it is known to be noise", async () => {
  await using gateway = new AnsweringGateway();
  gateway.engine.script = (_pcm, index) => index === 0 ? "what time is it" : "";
  const held = gate();
  gateway.voice.script = () => ({ before: held.wait });
  await using device = await HandDevice.listen(gateway, "auto");
  device.log.length = 0;
  say(device);
  await until(() => gateway.voice.asked.length === 1, "the answer");
  device.speak(600); // somebody seems to speak, and goes on
  await until(() => gateway.gateway.stats.counters.turnsStarted === 2, "noise");
  held.open();
  await device.settled();
  assertEquals(frames(device), 0);
  device.pause(300);
  await device.until(() => device.log.includes("tts stop"), "the answer");
  await until(() => gateway.memory.entries.length === 1, "the record");
  assertEquals(gateway.llm.calls.length, 1);
});

test("fillers: a word after 1.2 s without an answer, once, and none of it is the answer's", async () => {
  await using gateway = new AnsweringGateway({ fillers: true });
  const held = gate();
  gateway.voice.script = () => ({ before: held.wait });
  await using device = await HandDevice.listen(gateway, "manual");
  device.log.length = 0;
  device.speak(600);
  device.stop();
  await device.until(() => frames(device) > 5, "a filler");
  assertEquals(told(device), ["stt segment 0", "llm thinking", "tts start"]);
  held.open();
  await device.until(() => device.log.includes("tts stop"), "the answer");
  assertEquals(told(device).slice(3), ["llm neutral", "tts sentence_start You said: segment 0", "tts stop"]);
  await until(() => gateway.memory.entries.length === 1, "the record");
  const [entry] = gateway.memory.entries;
  assertEquals([entry?.answer, entry?.heardChars], ["You said: segment 0", 19]);
});

test("auto: while the answer plays nothing is heard, and afterward the device is heard again", async () => {
  await using gateway = new AnsweringGateway();
  gateway.engine.script = (_pcm, index) => `question ${index}`;
  await using device = await HandDevice.listen(gateway, "auto");
  say(device);
  await device.until(() => frames(device) > 0, "the answer");
  say(device);
  await device.until(() => device.log.includes("tts stop"), "its end");
  assertEquals(gateway.llm.calls.length, 1);
  device.log.length = 0;
  device.start("auto");
  say(device);
  await device.until(() => device.log.includes("tts stop"), "the second answer");
  assertEquals(gateway.llm.calls.length, 2);
});

for (const aec of [true, false]) {
  test(`realtime: speaking over an answer ${aec ? "ends it" : "does nothing without aec"}`, async () => {
    await using gateway = new AnsweringGateway();
    gateway.engine.script = (_pcm, index) => index === 0 ? "tell me a story" : "no, another one";
    gateway.llm.script = (_request, index) =>
      index === 0 ? { text: "Once upon a time there was a very long story about nothing at all." } : {
        text: "Fine.",
      };
    await using device = await HandDevice.open(gateway);
    device.say({ type: "hello", features: { aec } });
    await device.hears(["hello"]);
    device.start("realtime");
    device.log.length = 0;
    say(device);
    await device.until(() => frames(device) > 10, "the answer");
    say(device);
    await until(() => gateway.memory.entries.length === (aec ? 2 : 1), "the records", {});
    const outcomes = gateway.memory.entries.map(({ user, outcome }) => `${user}: ${outcome}`);
    assertEquals(
      outcomes,
      aec ? ["tell me a story: interrupted", "no, another one: answered"] : ["tell me a story: answered"],
    );
    assertEquals([gateway.voice.active, gateway.llm.active], [0, 0]);
  });
}

test("realtime with aec: a cough, one word and the device's own echo only hold the answer, which goes on", async () => {
  for (
    const [heard, speechMs] of [["", 600], ["hm", 600], ["a time there was a very", 600], [
      "cough",
      120,
    ]] as const
  ) {
    await using gateway = new AnsweringGateway();
    gateway.engine.script = (_pcm, index) => index === 0 ? "tell me a story" : heard;
    gateway.llm.script = () => ({
      text: "Once upon a time there was a very long story about nothing at all.",
    });
    await using device = await HandDevice.open(gateway);
    device.say({ type: "hello", features: { aec: true } });
    await device.hears(["hello"]);
    device.start("realtime");
    device.log.length = 0;
    say(device);
    await device.until(() => frames(device) > 10, "the answer");
    device.speak(speechMs);
    device.pause(300);
    await until(() => gateway.memory.entries.length === 1, "the record");
    const [entry] = gateway.memory.entries;
    assertEquals([entry?.outcome, entry?.heardChars], ["answered", entry?.answer.length], heard);
    assertEquals(gateway.llm.calls.length, 1, heard);
    assertEquals(told(device).at(-1), "tts stop");
  }
});

test("a typed text is a turn like any other, and interrupts an answer", async () => {
  await using gateway = new AnsweringGateway();
  await using device = await HandDevice.greet(gateway);
  device.log.length = 0;
  device.say({ type: "listen", state: "detect", text: "tell me a very long story, please, with many words" });
  await device.until(() => frames(device) > 5, "an answer");
  device.say({ type: "listen", state: "detect", text: "stop it now" });
  await until(() => gateway.memory.entries.length === 2, "both records");
  assertEquals(gateway.memory.entries.map(({ outcome }) => outcome), ["interrupted", "answered"]);
  assertEquals(gateway.llm.calls[1]?.request.question.endsWith("stop it now"), true);
});

test("a wake word is greeted from what ships, also where the device begins to listen at once", async () => {
  await using gateway = new AnsweringGateway();
  await using device = await HandDevice.greet(gateway);
  device.log.length = 0;
  device.say({ type: "listen", state: "detect", text: "Hi, ESP!" });
  device.start("auto");
  await device.until(() => device.log.includes("tts stop"), "the greeting");
  assertEquals(told(device), [
    "stt Hi, ESP!",
    "tts start",
    "tts sentence_start Hello, I am listening.",
    "tts stop",
  ]);
  assert(frames(device) > 10);
  assertEquals([gateway.llm.calls.length, gateway.voice.asked.length, gateway.memory.entries.length], [
    0,
    0,
    0,
  ]);
  device.log.length = 0;
  device.start("auto");
  say(device);
  await device.until(() => device.log.includes("tts stop"), "an answer");
  assertEquals(gateway.llm.calls.length, 1);
});

test("an exit phrase: the farewell is played, then the connection ends", async () => {
  await using gateway = new AnsweringGateway();
  gateway.engine.script = () => "Goodbye.";
  await using device = await HandDevice.listen(gateway, "auto");
  device.log.length = 0;
  say(device);
  const { code } = await device.ended;
  assertEquals([code, gateway.llm.calls.length], [1000, 0]);
  assert(frames(device) > 5);
  assertEquals(told(device).at(-1), "tts stop");
  assertEquals(gateway.memory.entries.map(({ outcome }) => outcome), ["answered"]);
});

for (
  const [what, code, sentence] of [
    ["recognition", "asr.failed", "I could not understand, please try again"],
    ["the language model", "llm.timeout", "I cannot answer right now, please try again"],
    ["the voice", "tts.failed", "My voice does not work right now"],
  ] as const
) {
  test(`${what} fails: the device shows it, says it, and goes on`, async () => {
    await using gateway = new AnsweringGateway();
    if (what === "recognition") gateway.engine.failure = new EarshotError("asr.failed", "no");
    if (what === "the language model") {
      gateway.llm.script = () => ({
        fault: { at: "first_token", error: new EarshotError("llm.timeout", "no") },
      });
    }
    if (what === "the voice") gateway.voice.script = () => ({ fault: { code: "tts.failed" } });
    await using device = await HandDevice.listen(gateway, "manual");
    device.log.length = 0;
    device.heard.length = 0;
    device.speak(600);
    device.stop();
    await device.until(() => device.log.includes("tts stop"), "the end");
    const alert = device.heard.find(({ type }) => type === "alert");
    assertEquals(alert?.["message"], sentence);
    assert(frames(device) > 10, `${frames(device)} frames`);
    await until(() => gateway.memory.entries.length === 1, "the record");
    assertEquals([gateway.memory.entries[0]?.outcome, gateway.memory.entries[0]?.code], ["failed", code]);
  });
}

test("a device that drops in mid-answer and comes back finds the turn with what it heard", async () => {
  await using gateway = new AnsweringGateway();
  gateway.llm.script = (_request, index) => ({
    text: index === 0 ? "One two three four five six seven eight nine ten eleven twelve." : "Yes.",
  });
  const headers = { "Device-Id": "02:00:00:aa:bb:cc" };
  {
    await using device = await HandDevice.listen(gateway, "auto", { headers });
    say(device);
    await device.until(() => frames(device) > 10, "the answer");
    device.drop();
  }
  await gateway.until(() => gateway.memory.entries.length === 1, "the record");
  await using device = await HandDevice.listen(gateway, "auto", { headers });
  say(device);
  await gateway.until(() => gateway.llm.calls.length === 2, "the next question");
  const [question, answer] = gateway.llm.calls[1]?.request.history ?? [];
  assertEquals(question?.content, "segment 0");
  assert(answer !== undefined && answer.content.startsWith("One") && !answer.content.includes("twelve"));
});

test("nobody speaks: the goodbye is played before the connection ends, unless somebody wants to be heard", async () => {
  await using gateway = new AnsweringGateway({}, { session: { noSpeechMs: 1_000 } });
  await using device = await HandDevice.listen(gateway, "auto");
  device.log.length = 0;
  await device.until(() => frames(device) > 5, "the goodbye");
  device.start("auto");
  say(device);
  await device.until(() => told(device).includes("stt segment 0"), "an answer instead");
  await device.until(() => device.log.filter((line) => line === "tts stop").length === 2, "its end");
  device.log.length = 0;
  device.start("auto");
  const { code } = await device.ended;
  assertEquals([code, told(device).at(-1)], [1000, "tts stop"]);
  assert(frames(device) > 40, `${frames(device)} frames`);
});

test("what is said over an error's sentence ends it: a device plays one thing at a time", async () => {
  await using gateway = new AnsweringGateway();
  gateway.engine.failure = new EarshotError("asr.failed", "no");
  await using device = await HandDevice.listen(gateway, "manual");
  device.log.length = 0;
  device.speak(600);
  device.stop();
  await device.until(() => frames(device) > 5, "what went wrong");
  device.say({ type: "listen", state: "detect", text: "hello there" });
  await until(() => gateway.memory.entries.length === 2, "the answer");
  const stops = device.log.filter((line) => line === "tts stop").length;
  const starts = device.log.filter((line) => line === "tts start").length;
  assertEquals([starts, stops], [2, 2]);
  assertEquals(
    device.log.slice(device.log.indexOf("tts stop")).includes("tts sentence_start You said: hello there"),
    true,
  );
});
