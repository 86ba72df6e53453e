import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import { FakeVoice } from "../../support/fake_voice.ts";
import { HandDevice, type HandDeviceOptions } from "../../support/hand_device.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

const DEVICE = { headers: { "Device-Id": "02:00:00:00:00:01" } };

/** A gateway whose voice ends its pieces in silence, so that each can be kept. */
function gatewayOf(
  ...[agent, changes, parts]: ConstructorParameters<typeof AnsweringGateway>
): AnsweringGateway {
  const gateway = new AnsweringGateway(agent, changes, parts);
  gateway.voice.script = () => ({ silenceMs: 40 });
  return gateway;
}

/** Asks, and gives what the device was told until the end of the answer: frames, and the sentences before them. */
async function ask(gateway: AnsweringGateway, answer: string, options: HandDeviceOptions = DEVICE) {
  gateway.llm.script = () => ({ text: answer });
  await using device = await HandDevice.listen(gateway, "manual", options);
  device.log.length = 0;
  device.speak(600);
  device.stop();
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  return device.log.filter((line) => line === "frame" || line.startsWith("tts sentence_start"));
}

const textsAsked = ({ voice }: AnsweringGateway) => voice.asked.map(({ text }) => text);

async function metricsOf(gateway: AnsweringGateway): Promise<string> {
  return await (await fetch(gateway.http("/metrics"))).text();
}

test("a piece that was spoken before is played without asking the voice, on any device", async () => {
  await using gateway = gatewayOf();
  const first = await ask(gateway, "All is well here.");
  const second = await ask(gateway, "All is well here.", { headers: { "Device-Id": "02:00:00:00:00:02" } });
  assertEquals(second, first);
  assertEquals(textsAsked(gateway), ["All is well here."]);
  const metrics = await metricsOf(gateway);
  assertStringIncludes(metrics, `earshot_speech_cache_hits_total{kind="piece"} 1\n`);
  assertStringIncludes(metrics, `earshot_speech_cache_misses_total{kind="piece"} 1\n`);
});

test("another frame duration is another sound", async () => {
  await using gateway = gatewayOf();
  await ask(gateway, "All is well here.");
  gateway.llm.script = () => ({ text: "All is well here." });
  await using device = await HandDevice.open(gateway, DEVICE);
  device.say({
    type: "hello",
    audio_params: { format: "opus", sample_rate: 16_000, channels: 1, frame_duration: 20 },
  });
  await device.hears(["hello"]);
  device.start("manual");
  device.speak(600);
  device.stop();
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  assertEquals(textsAsked(gateway).length, 2);
});

test("a piece that is not one by itself is not kept, and all of it comes before one from the cache", async () => {
  await using gateway = gatewayOf();
  const known = await ask(gateway, "All is well here.");
  gateway.voice.script = ({ text }) => ({ durationMs: 605, silenceMs: text.startsWith("Tell") ? 0 : 40 });
  const mixed = await ask(gateway, "Tell me more about it. All is well here.");
  const at = mixed.lastIndexOf("tts sentence_start All is well here.");
  assertEquals(mixed.slice(at), known);
  // 605 ms are more than ten frames; after them the device's decoder has to forget them.
  assertEquals(mixed.slice(0, at), ["tts sentence_start Tell me more about it.", ...Array(12).fill("frame")]);
  await ask(gateway, "Tell me more about it.");
  assertEquals(textsAsked(gateway), [
    "All is well here.",
    "Tell me more about it.",
    "Tell me more about it.",
  ]);
});

test("a piece that was interrupted, or failed, is not kept", async () => {
  await using gateway = gatewayOf();
  gateway.voice.script = () => ({ silenceMs: 40, fault: { code: "tts.failed", afterSound: true } });
  await ask(gateway, "All is well here.");
  gateway.voice.script = () => ({ durationMs: 8_000, silenceMs: 40 });
  gateway.llm.script = () => ({ text: "All is well here." });
  {
    await using device = await HandDevice.listen(gateway, "manual", DEVICE);
    device.speak(600);
    device.stop();
    await device.until(() => device.framesMs.length > 5, "frames");
    device.say({ type: "abort" });
    await device.until(() => device.log.includes("tts stop"), "the end");
  }
  gateway.voice.script = () => ({ silenceMs: 40 });
  await ask(gateway, "All is well here.");
  assertEquals(textsAsked(gateway).length, 3);
});

test("the longest answer is a bound for cached pieces as well", async () => {
  await using gateway = gatewayOf({ maxAnswerSeconds: 5 });
  gateway.voice.script = () => ({ durationMs: 4_000, silenceMs: 40 });
  await ask(gateway, "All is well here.");
  const twice = await ask(gateway, "All is well here. All is well here.");
  const from = twice.lastIndexOf("tts sentence_start All is well here.");
  const until = twice.findLastIndex((line) => line.startsWith("tts sentence_start That was long"));
  assert(from > 0 && until > from, twice.filter((line) => line !== "frame").join());
  assertEquals(gateway.gateway.stats.counters.answersCut, 1);
  assertEquals(until - from - 1, Math.ceil(5_000 / 60) - (from - 1));
});

test("what somebody erases is spoken anew", async () => {
  await using gateway = gatewayOf();
  await ask(gateway, "All is well here.");
  await gateway.erase("02:00:00:00:00:01");
  await ask(gateway, "All is well here.");
  assertEquals(textsAsked(gateway).length, 2);
});

test("a fixed sentence comes as it ships the first time, then in the agent's own voice, also after a restart", async () => {
  await withTempDir(async (speechDir) => {
    const greet = async (gateway: AnsweringGateway) => {
      await using device = await HandDevice.greet(gateway, DEVICE);
      device.log.length = 0;
      device.say({ type: "listen", state: "detect", text: "你好小智" });
      await device.until(() => device.log.includes("tts stop"), "the end of the greeting");
      return device.log.filter((line) => line === "frame").length;
    };
    const open = () => {
      const voice = new FakeVoice({ name: "own" });
      voice.script = () => ({ durationMs: 300 });
      return new AnsweringGateway({}, { tts: { own: { type: "openai" } } }, { voice, speechDir });
    };
    {
      await using gateway = open();
      const shipped = await greet(gateway);
      await gateway.until(() => [...Deno.readDirSync(speechDir)].length === 1, "the file");
      const own = await greet(gateway);
      assert(own < shipped && own <= 6, `${own} frames after ${shipped}`);
      assertEquals(textsAsked(gateway), ["Hello, I am listening."]);
      assertStringIncludes(await metricsOf(gateway), `earshot_speech_cache_hits_total{kind="sentence"} 1\n`);
    }
    await using again = open();
    assert(await greet(again) <= 6);
    assertEquals(textsAsked(again), []);
  });
});

test("with memory false nothing of an answer reaches the cache, the memory or the disk", async () => {
  await withTempDir(async (speechDir) => {
    await using gateway = gatewayOf({ memory: false }, {}, { speechDir });
    gateway.engine.script = (_pcm, index) => `question ${index}`;
    for (const _ of [0, 1]) await ask(gateway, "All is well here.");
    assertEquals(textsAsked(gateway).length, 2);
    assertEquals([gateway.memory.entries, [...gateway.memory.summaries]], [[], []]);
    assertEquals([...Deno.readDirSync(speechDir)], []);
    const metrics = await metricsOf(gateway);
    assertStringIncludes(metrics, `earshot_speech_cache_bytes{where="memory"} 0\n`);
    assertStringIncludes(metrics, `earshot_speech_cache_misses_total{kind="piece"} 0\n`);
    // Each connection knows its own past alone.
    assertEquals(gateway.llm.calls.map(({ request }) => request.history), [[], []]);
  });
});

test("with memory false the past lives as long as the connection", async () => {
  await using gateway = gatewayOf({ memory: false });
  gateway.engine.script = (_pcm, index) => `question ${index}`;
  gateway.llm.script = () => ({ text: "All is well here." });
  await using device = await HandDevice.listen(gateway, "manual", DEVICE);
  for (const _ of [0, 1]) {
    device.log.length = 0;
    device.start("manual");
    device.speak(600);
    device.stop();
    await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  }
  assertEquals(gateway.llm.calls[1]?.request.history, [
    { role: "user", content: "question 0" },
    { role: "assistant", content: "All is well here." },
  ]);
});
