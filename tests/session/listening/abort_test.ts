import { assertEquals } from "@std/assert";
import { FakeEngine } from "../../support/fake_engine.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { assertSameSound } from "../../support/same_sound.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { test } from "../../support/test.ts";

const QUICK = { vad: { endSilenceMs: 200 }, session: { noPacketMs: 300 } } as const;
const ANSWER = (index: number) => [`stt segment ${index}`, "tts start", "tts stop"];
const ABORT = { type: "abort", reason: "wake_word_detected" };

/** A device whose first utterance is being recognized, and will be until the engine is released. */
async function recognizing(
  gateway: TestGateway,
  engine: FakeEngine,
  mode: "auto" | "manual" | "realtime",
): Promise<HandDevice> {
  const device = await HandDevice.listen(gateway, mode);
  device.speak(300);
  await device.settled();
  engine.hold("recognition");
  device.stop();
  await device.until(() => engine.segments.length === 1, "recognized anything");
  return device;
}

for (const mode of ["auto", "manual", "realtime"] as const) {
  test(`${mode}: abort while the words are being found: tts stop at once, and they never come`, async () => {
    const engine = new FakeEngine();
    await using gateway = new TestGateway(engine, QUICK);
    await using device = await recognizing(gateway, engine, mode);
    device.say(ABORT);
    await device.hears(["tts stop"]);
    engine.release();
    await device.settled();
    device.start(mode);
    const from = device.packets;
    device.speak(300);
    if (mode === "manual") device.stop();
    await device.hears(["tts stop", ...ANSWER(1)]);
    assertSameSound(engine.segments.slice(1), [device.soundsOf(from)]);
    const { turnsCanceled, turnsText } = gateway.gateway.stats.counters;
    assertEquals([turnsCanceled, turnsText], [1, 1]);
  });
}

test("a late result of an engine that ignores its signal touches nothing", async () => {
  const engine = new FakeEngine();
  const late = Promise.withResolvers<void>();
  const recognize = engine.recognize.bind(engine);
  engine.recognize = async (sound, options) => {
    if (engine.segments.length > 0) return await recognize(sound, options);
    engine.segments.push(new Int16Array(0));
    await late.promise;
    return { text: "stale", inferenceMs: 1 };
  };
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(300);
  device.stop();
  await device.until(() => engine.segments.length === 1, "recognized anything");
  device.say({ type: "abort" });
  device.start("manual");
  device.speak(300);
  await device.settled();
  late.resolve();
  await device.settled();
  device.stop();
  await device.hears(["tts stop", ...ANSWER(1)]);
});

test("a listen start while the words are being found: they never come, the next turn works", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await recognizing(gateway, engine, "auto");
  device.start("auto");
  const from = device.packets;
  device.speak(300);
  await device.settled();
  engine.release();
  await device.hears(ANSWER(1));
  assertSameSound(engine.segments.slice(1), [device.soundsOf(from)]);
});

test("abort twice, and when nothing is going on, is tts stop each time", async () => {
  await using gateway = new TestGateway(new FakeEngine(), QUICK);
  await using device = await HandDevice.greet(gateway);
  device.heard.length = 0;
  device.say(ABORT);
  device.say({ type: "abort" });
  await device.hears(["tts stop", "tts stop"]);
  device.start("auto");
  device.speak(300);
  await device.hears(["tts stop", "tts stop", ...ANSWER(0)]);
});

test("abort in the middle of speech: none of it is part of the next utterance", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await HandDevice.listen(gateway, "auto");
  device.speak(600);
  await device.settled();
  device.say({ type: "abort" });
  const from = device.packets;
  device.speak(600);
  await device.hears(["tts stop", ...ANSWER(0)]);
  assertSameSound(engine.segments, [device.soundsOf(from)]);
});

test("abort with the button held: listen stop afterward is answered, and recognizes nothing", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(300);
  device.say({ type: "abort" });
  device.speak(300);
  device.stop();
  await device.hears(["tts stop", "tts stop"]);
  assertSameSound(engine.segments, []);
});
