import { assertEquals } from "@std/assert";
import { FakeEngine } from "../../support/fake_engine.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { assertSameSound } from "../../support/same_sound.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { test } from "../../support/test.ts";

const ANSWER = (index: number) => [`stt segment ${index}`, "tts start", "tts stop"];

for (const [frameVersion, frameDurationMs] of [[1, 60], [2, 20], [3, 60]] as const) {
  test(`listen stop takes all that is queued, and leaves nothing: v${frameVersion}, ${frameDurationMs} ms`, async () => {
    const engine = new FakeEngine();
    await using gateway = new TestGateway(engine);
    await using device = await HandDevice.listen(gateway, "manual", { frameVersion, frameDurationMs });
    device.speak(3_000);
    device.stop();
    const first = device.packets;
    device.speak(240);
    await device.hears(ANSWER(0));
    device.heard.length = 0;
    device.start("manual");
    const second = device.packets;
    device.speak(600);
    device.stop();
    await device.hears(ANSWER(1));
    assertSameSound(engine.segments, [
      device.soundOf(0, first),
      device.soundsOf(second),
    ]);
    assertEquals(gateway.gateway.stats.counters.audioUnlistened, second - first);
  });
}

test("every sample up to listen stop is recognized, once the detector has judged it", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine);
  await using device = await HandDevice.listen(gateway, "manual");
  engine.hold();
  device.speak(900);
  device.stop();
  const pressed = device.packets;
  device.speak(300);
  await device.settled();
  assertEquals(engine.segments.length, 0);
  engine.release();
  await device.hears(ANSWER(0));
  assertSameSound(engine.segments, [device.soundOf(0, pressed)]);
});

test("a last word after a pause is recognized, though the detector has not heard it yet", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, { vad: { endSilenceMs: 200 } });
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(300);
  device.pause(480);
  await device.settled();
  engine.hold();
  device.speak(300);
  device.stop();
  await device.settled();
  engine.release();
  await device.until(() => device.said.includes("tts stop"), "answered");
  assertSameSound(engine.segments.slice(-1), [device.soundOf(0)]);
});

test("a button that is released in a pause is answered with what was recognized ahead", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine);
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(600);
  device.pause(480);
  await device.until(() => engine.segments.length === 1, "recognized ahead");
  device.stop();
  await device.hears(ANSWER(0));
  assertEquals(engine.segments.length, 1);
});

test("a word that the detector has not heard yet voids what was recognized ahead", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine);
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(600);
  device.pause(480);
  await device.until(() => engine.segments.length === 1, "recognized ahead");
  await device.settled();
  engine.hold();
  device.speak(240);
  device.stop();
  await device.settled();
  assertEquals(engine.segments.length, 1);
  engine.release();
  await device.hears(ANSWER(1));
  assertSameSound(engine.segments.slice(1), [device.soundOf(0)]);
});

test("a press in which there is no speech at all gives no words, whatever noise there is", async () => {
  for (const level of [0, 500]) {
    const engine = new FakeEngine();
    await using gateway = new TestGateway(engine);
    await using device = await HandDevice.listen(gateway, "manual");
    for (const packet of device.encode(600, level)) device.send(packet);
    device.stop();
    await device.hears(["tts stop"]);
    assertEquals(engine.segments, []);
  }
});

test("a press in which there may be a whisper is recognized whole, though no speech was found", async () => {
  const engine = new FakeEngine();
  engine.faintLevel = 100;
  await using gateway = new TestGateway(engine);
  await using device = await HandDevice.listen(gateway, "manual");
  for (const packet of device.encode(900, 500)) device.send(packet);
  device.stop();
  await device.hears(ANSWER(0));
  assertSameSound(engine.segments, [device.soundOf(0)]);
});

test("a whisper before and after loud speech belongs to the press", async () => {
  const engine = new FakeEngine();
  engine.faintLevel = 100;
  await using gateway = new TestGateway(engine);
  await using device = await HandDevice.listen(gateway, "manual");
  for (const packet of device.encode(1_500, 1_500)) device.send(packet);
  device.pause(600);
  for (const packet of device.encode(600, 2_800)) device.send(packet);
  device.pause(600);
  await device.until(() => engine.segments.length === 1, "recognized ahead");
  for (const packet of device.encode(600, 1_500)) device.send(packet);
  device.stop();
  await device.until(() => device.said.includes("tts stop"), "answered");
  assertSameSound(engine.segments.slice(-1), [device.soundOf(0)]);
});

test("listen stop while the words are being found is answered once", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine);
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(300);
  await device.settled();
  engine.hold();
  device.stop();
  device.stop();
  device.stop();
  await device.settled();
  assertEquals(device.said, []);
  engine.release();
  await device.hears(ANSWER(0));
  await device.settled();
  await device.hears(ANSWER(0));
});

test("a burst that a network held back is heard whole, not taken for a flood", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine);
  await using device = await HandDevice.listen(gateway, "manual", { frameDurationMs: 20 });
  device.speak(13_000);
  device.stop();
  await device.until(() => device.said.includes("tts stop"), "an answer");
  assertSameSound(engine.segments, [device.soundOf(0)]);
  assertEquals(gateway.gateway.stats.counters.framesOverflowed, 0);
});
