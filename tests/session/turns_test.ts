import { assert, assertEquals } from "@std/assert";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { type Clock, systemClock } from "../../lib/lifecycle/mod.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { HandDevice } from "../support/hand_device.ts";
import { assertSameSound } from "../support/same_sound.ts";
import { noise } from "../support/noise.ts";
import { TestGateway } from "../support/test_gateway.ts";
import { test } from "../support/test.ts";

const NEVER = new AbortController().signal;
const QUICK = { vad: { endSilenceMs: 200 }, session: { noPacketMs: 300 } } as const;
const SPEECH = noise(16_000, 8_000);

test("a turn in exactly the messages that firmware knows", async () => {
  await using gateway = new TestGateway();
  await using device = await HandDevice.greet(gateway);
  device.start("manual");
  device.speak(300);
  device.stop();
  await device.hears(["hello", "stt segment 0", "tts start", "tts stop"]);
  const session_id = device.heard[0]?.["session_id"];
  assert(typeof session_id === "string" && session_id.length > 0);
  assertEquals(device.heard, [
    {
      type: "hello",
      transport: "websocket",
      audio_params: { format: "opus", sample_rate: 24_000, channels: 1, frame_duration: 60 },
      session_id,
    },
    { type: "stt", text: "segment 0", session_id },
    { type: "tts", state: "start", session_id },
    { type: "tts", state: "stop", session_id },
  ]);
});

for (const mode of ["auto", "manual", "realtime"] as const) {
  test(`${mode}: turn after turn, in every framing`, async () => {
    for (const [frameVersion, frameDurationMs] of [[1, 60], [2, 20], [3, 60], [1, 20]] as const) {
      await using gateway = new TestGateway();
      await gateway.gateway.listening;
      await using device = await SimulatedDevice.connect(
        { url: gateway.url, mode, frameVersion, frameDurationMs, paceFactor: 10 },
        NEVER,
      );
      for (const text of ["segment 0", "segment 1"]) {
        const said = await device.say(SPEECH);
        assertEquals(said.text, text);
        assertEquals(
          said.messages.map(({ message }) => message.type === "tts" ? message.state : message.type),
          ["stt", "start", "stop"],
        );
      }
      assertEquals(device.stats.invalidMessages, 0);
      assertEquals(gateway.gateway.stats.counters.turnsText, 2);
    }
  });
}

for (const mode of ["auto", "manual"] as const) {
  test(`${mode}: the time to the text counts from the packet that ended the turn, not from when that was found out`, async () => {
    let aheadMs = 0;
    const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs };
    const engine = new FakeEngine();
    await using gateway = new TestGateway(engine, QUICK, { clock });
    await using device = await HandDevice.listen(gateway, mode);
    engine.hold();
    device.speak(300);
    if (mode === "auto") device.pause(300);
    else device.stop();
    await device.settled();
    // The detector is so far behind.
    aheadMs = 60_000;
    engine.release();
    await device.until(() => device.said.includes("tts stop"), "the turn's end");
    const [summary] = gateway.sessionEvents.flatMap((event) =>
      event.type === "turn_ended" ? event.summary : []
    );
    assertEquals([summary?.outcome, (summary?.endOfSpeechToTextMs ?? 0) >= 60_000], ["text", true]);
  });
}

test("nothing said is no text, and still ends in tts stop", async () => {
  const engine = new FakeEngine();
  engine.script = () => "  ";
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await HandDevice.listen(gateway, "auto");
  device.speak(300);
  await device.hears(["tts stop"]);
  assertEquals(gateway.gateway.stats.counters.turnsEmpty, 1);
});

test("listen stop without a sound, and without a listen start, ends in tts stop", async () => {
  await using gateway = new TestGateway();
  await using device = await HandDevice.listen(gateway, "manual");
  device.stop();
  await device.hears(["tts stop"]);
  device.stop();
  await device.hears(["tts stop", "tts stop"]);
});

for (
  const [alertLanguage, status, message] of [
    ["auto", "Error", "I could not understand, please try again"],
    ["zh", "错误", "没有听清，请再说一遍"],
  ] as const
) {
  test(`recognition that fails is an alert and tts stop, and costs one turn: ${alertLanguage}`, async () => {
    const engine = new FakeEngine();
    engine.failure = new EarshotError("asr.failed", "Cannot recognize: the test says so");
    await using gateway = new TestGateway(engine, { session: { alertLanguage } });
    await using device = await HandDevice.greet(gateway);
    device.start("manual");
    device.speak(300);
    device.stop();
    await device.hears(["hello", "alert", "tts stop"]);
    const session_id = device.heard[0]?.["session_id"];
    assertEquals(device.heard[1], { type: "alert", status, message, emotion: "sad", session_id });
    engine.failure = undefined;
    device.heard.length = 0;
    device.start("manual");
    device.speak(300);
    device.stop();
    await device.hears(["stt segment 1", "tts start", "tts stop"]);
    const { turnsFailed, turnsText } = gateway.gateway.stats.counters;
    assertEquals([turnsFailed, turnsText], [1, 1]);
  });
}

test("auto: the next turn needs no listen start", async () => {
  await using gateway = new TestGateway(new FakeEngine(), QUICK);
  await using device = await HandDevice.listen(gateway, "auto");
  device.speak(300);
  await device.hears(["stt segment 0", "tts start", "tts stop"]);
  device.heard.length = 0;
  device.speak(300);
  await device.hears(["stt segment 1", "tts start", "tts stop"]);
});

test("auto: a listen start that is sent again drops what came before", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await HandDevice.listen(gateway, "auto");
  device.speak(600);
  await gateway.until(() => gateway.gateway.stats.counters.turnsStarted === 1, "speech");
  device.start("auto");
  const from = device.packets;
  device.speak(300);
  await device.hears(["stt segment 0", "tts start", "tts stop"]);
  assertSameSound(engine.segments, [device.soundOf(from)]);
  assertEquals(gateway.gateway.stats.counters.turnsCanceled, 1);
});

test("auto: a turn begins a little before the speech and ends with the silence that ended it", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, {
    vad: { endSilenceMs: 1_000, pauseMs: 1_000 },
    session: { speechPadMs: 120 },
  });
  await using device = await HandDevice.listen(gateway, "auto");
  device.pause(600);
  device.speak(600);
  device.pause(1_200);
  await device.hears(["stt segment 0", "tts start", "tts stop"]);
  const [segment = new Int16Array()] = engine.segments;
  const packets = segment.length / 960;
  assert(packets >= 2 + 10 + 17 && packets <= 2 + 10 + 20, `${packets} packets`);
  assertSameSound(engine.segments, [device.soundOf(8, 8 + packets)]);
});

test("auto: recognition begins with the pause, and its words hold when the pause was the end", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine);
  await using device = await HandDevice.listen(gateway, "auto");
  device.speak(600);
  device.pause(480);
  await gateway.until(() => engine.segments.length === 1, "recognition ahead of the end");
  assertEquals(device.said, []);
  device.pause(480);
  await device.hears(["stt segment 0", "tts start", "tts stop"]);
  assertEquals(engine.segments.length, 1);
  const [segment = new Int16Array()] = engine.segments;
  assertSameSound(engine.segments, [device.soundOf(0, segment.length / 960)]);
});

test("auto: when the speaker goes on, the whole utterance is recognized, and what was found ahead is void", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, { vad: { pauseMs: 200, endSilenceMs: 1_500 } });
  await using device = await HandDevice.listen(gateway, "auto");
  device.speak(600);
  device.pause(480);
  await gateway.until(() => engine.segments.length === 1, "recognition ahead of the end");
  device.speak(600);
  device.pause(1_800);
  await device.hears(["stt segment 1", "tts start", "tts stop"]);
  const [, whole = new Int16Array()] = engine.segments;
  assert(whole.length / 960 > 10 + 8 + 10, `${whole.length / 960} packets`);
  assertSameSound([whole], [device.soundOf(0, whole.length / 960)]);
});

test("realtime: what is said while the first answer is awaited is answered next, in order", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await HandDevice.listen(gateway, "realtime");
  const slow = Promise.withResolvers<void>();
  const recognize = engine.recognize.bind(engine);
  engine.recognize = async (pcm, options) => {
    const recognition = await recognize(pcm, options);
    if (engine.segments.length === 1) await slow.promise;
    return recognition;
  };
  device.speak(300);
  await gateway.until(() => engine.segments.length === 1, "the first segment");
  device.speak(300);
  await gateway.until(() => engine.segments.length === 2, "the second segment");
  assertEquals(device.said, []);
  slow.resolve();
  await device.hears([
    "stt segment 0",
    "tts start",
    "tts stop",
    "stt segment 1",
    "tts start",
    "tts stop",
  ]);
  assertSameSound(engine.segments.slice(1), [device.soundOf(5)]);
});
