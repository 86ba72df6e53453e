import { assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { assertSameSound } from "../../support/same_sound.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { test } from "../../support/test.ts";

const QUICK = { vad: { endSilenceMs: 300 }, session: { noPacketMs: 300 } } as const;
const ANSWER = (index: number) => [`stt segment ${index}`, "tts start", "tts stop"];
const OUTAGE = new EarshotError("engine.crashed", "Cannot finish the job: the test ended the engine");

/** The noise of a room: no speech, and no silence that would need no engine. */
function hum(device: HandDevice, durationMs: number): void {
  for (const packet of device.encode(durationMs, 300)) device.send(packet);
}

test("an outage of the detector in the middle of an utterance costs that turn, once", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await HandDevice.listen(gateway, "auto");
  device.speak(300);
  await gateway.until(() => gateway.gateway.stats.counters.turnsStarted === 1, "speech");
  engine.failure = OUTAGE;
  device.speak(300);
  await device.hears(["alert", "tts stop"]);
  device.speak(300);
  await device.settled();
  await new Promise((resolve) => setTimeout(resolve, 250));
  assertEquals(device.said, ["alert", "tts stop"]);
  engine.failure = undefined;
  device.pause(300);
  await new Promise((resolve) => setTimeout(resolve, 150));
  const from = device.packets;
  device.speak(600);
  await device.hears(["alert", "tts stop", ...ANSWER(0)]);
  const [segment] = engine.segments;
  const packets = (segment?.length ?? 0) / 960;
  assertSameSound(engine.segments, [device.soundOf(from + 10 - packets)]);
  const { turnsFailed, turnsText } = gateway.gateway.stats.counters;
  assertEquals([turnsFailed, turnsText], [1, 1]);
});

test("with a button, an outage of the detector costs nothing", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(300);
  await device.settled();
  engine.failure = OUTAGE;
  device.speak(300);
  await device.settled();
  engine.failure = undefined;
  device.stop();
  await device.hears(ANSWER(0));
  assertSameSound(engine.segments, [device.soundOf(0)]);
});

test("an engine that is away while nobody speaks is nobody's concern", async () => {
  const engine = new FakeEngine();
  engine.failure = OUTAGE;
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await HandDevice.listen(gateway, "auto");
  device.pause(300);
  await device.settled();
  assertEquals(device.said, []);
});

test("an engine that stays away is said once to a device that listens, and is heard again after it", async () => {
  const engine = new FakeEngine();
  engine.failure = OUTAGE;
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await HandDevice.listen(gateway, "auto");
  hum(device, 300);
  await device.settled();
  engine.failure = new EarshotError("engine.unavailable", "Cannot take a job: the engine is being started");
  for (let round = 0; round < 4; round++) {
    hum(device, 120);
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  assertEquals(device.said, ["alert", "tts stop"]);
  engine.failure = undefined;
  hum(device, 300);
  await new Promise((resolve) => setTimeout(resolve, 150));
  device.speak(600);
  await device.hears(["alert", "tts stop", ...ANSWER(0)]);
});

test("a busy engine is said as such, in realtime in the order of what was said", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, QUICK);
  await using device = await HandDevice.listen(gateway, "realtime");
  const recognize = engine.recognize.bind(engine);
  const gate = Promise.withResolvers<void>();
  engine.recognize = async (pcm, options) => {
    const index = engine.segments.length;
    const recognition = await recognize(pcm, options);
    if (index === 0) await gate.promise;
    else throw new EarshotError("engine.busy", "Cannot recognize: the queue is full");
    return recognition;
  };
  device.speak(300);
  await gateway.until(() => engine.segments.length === 1, "the first segment");
  device.speak(300);
  await gateway.until(() => engine.segments.length === 2, "the second segment");
  await device.settled();
  gate.resolve();
  await device.hears([...ANSWER(0), "alert", "tts stop"]);
  assertEquals(device.heard[3]?.["message"], "I am busy, please try again");
});
