import { assert, assertEquals, assertMatch } from "@std/assert";
import { FakeEngine } from "../support/fake_engine.ts";
import { HandDevice } from "../support/hand_device.ts";
import { assertSameSound } from "../support/same_sound.ts";
import { TestGateway } from "../support/test_gateway.ts";
import { test } from "../support/test.ts";

const QUICK = { vad: { endSilenceMs: 200 }, session: { noPacketMs: 300 } } as const;
const ANSWER = (index: number) => [`stt segment ${index}`, "tts start", "tts stop"];

test("a wake word's sound is no part of what follows it", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await HandDevice.greet(gateway);
  device.speak(1_980);
  device.say({ type: "listen", state: "detect", text: "你好小智" });
  device.start("auto");
  const from = device.packets;
  device.speak(300);
  await device.hears(["hello", "stt 你好小智", "tts stop", ...ANSWER(0)]);
  assertSameSound(engine.segments, [device.soundsOf(from)]);
  assertEquals(gateway.gateway.stats.counters.audioUnlistened, from);
});

test("a ping is answered with the time where the devices are, even before the hello", async () => {
  for (const [timeZone, ahead] of [["UTC", 0], ["Asia/Shanghai", 8]] as const) {
    await using gateway = new TestGateway(undefined, { server: { timeZone } });
    await using device = await HandDevice.open(gateway);
    device.say({ type: "ping" });
    await device.hears(["pong"]);
    const timestamp = String(device.heard[0]?.["timestamp"]);
    assertMatch(timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    const toldMs = new Date(`${timestamp.replace(" ", "T")}Z`).getTime() - ahead * 3_600_000;
    assert(Math.abs(toldMs - Date.now()) < 60_000, timestamp);
  }
});

for (
  const hello of [
    { type: "hello" },
    { type: "hello", audioParams: { sampleRate: 16_000, frameDuration: 20 } },
    { type: "hello", version: 3, transport: "websocket", audio_params: null },
    { type: "hello", version: "one", features: "none", audio_params: { frame_duration: "long" } },
  ]
) {
  test(`a tolerable hello: ${JSON.stringify(hello)}`, async () => {
    await using gateway = new TestGateway();
    await using device = await HandDevice.open(gateway);
    device.say(hello);
    await device.hears(["hello"]);
    device.start("manual");
    device.speak(120);
    device.stop();
    await device.hears(["hello", ...ANSWER(0)]);
  });
}

test("a hello of another codec is answered with why, and closed", async () => {
  await using gateway = new TestGateway();
  for (const hello of [{ format: "pcm" }, { format: "PCM16", sample_rate: 16_000 }]) {
    await using device = await HandDevice.open(gateway);
    device.say({ type: "hello", audio_params: hello });
    assertEquals(await device.ended, { by: "gateway", code: 1003, reason: "unsupported" });
    assertEquals(device.heard.map(({ type, message }) => [type, message]), [
      ["alert", "This device sends sound that I cannot hear"],
    ]);
  }
  const { hellosRefused, messagesInvalid } = gateway.gateway.stats.counters;
  assertEquals([hellosRefused, messagesInvalid], [2, 0]);
});

test("a hello of another framing than the request's is counted, and the request's holds", async () => {
  await using gateway = new TestGateway();
  await using device = await HandDevice.open(gateway, { frameVersion: 3 });
  device.say({ type: "hello", version: 2 });
  await device.hears(["hello"]);
  device.start("manual");
  device.speak(120);
  device.stop();
  await device.hears(["hello", ...ANSWER(0)]);
  assertEquals(gateway.gateway.stats.counters.hellosOtherVersion, 1);
});

test("goodbye ends the session, and the gateway closes the socket", async () => {
  await using gateway = new TestGateway();
  await using device = await HandDevice.greet(gateway);
  device.say({ type: "goodbye" });
  assertEquals(await device.ended, { by: "gateway", code: 1000, reason: "goodbye" });
  await gateway.until(() => gateway.gateway.stats.sessions === 0, "the end of the session");
});

test("messages that need no answer get none, and harm nothing", async () => {
  await using gateway = new TestGateway();
  await using device = await HandDevice.listen(gateway, "manual");
  device.say({ type: "mcp", payload: { jsonrpc: "2.0", id: 1, result: {} } });
  device.say({ type: "iot", descriptors: [] });
  device.say({ type: "weather", state: "sunny" });
  device.speak(120);
  device.stop();
  await device.hears(ANSWER(0));
  const { messagesUnknown, messagesInvalid } = gateway.gateway.stats.counters;
  assertEquals([messagesUnknown, messagesInvalid], [1, 0]);
});
