import { assertEquals } from "@std/assert";
import { fastClock } from "../../support/fast_clock.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { test } from "../../support/test.ts";
import type { ConfigChanges } from "../../support/config_of.ts";
import { FakeEngine } from "../../support/fake_engine.ts";

const SPEED = 40;

/** A device whose microphone goes on, on a clock on which a second passes in 25 ms. */
async function listenLong(
  mode: "auto" | "realtime" | "manual",
  options: { readonly seconds: number; readonly changes?: ConfigChanges; readonly engine?: FakeEngine },
  at: (device: HandDevice, second: number) => void = (device) => device.pause(1_000),
) {
  const clock = fastClock(SPEED);
  await using gateway = new TestGateway(options.engine, options.changes, { clock });
  await using device = await HandDevice.listen(gateway, mode);
  const closed = () => gateway.sessionEvents.find((event) => event.type === "closed")?.end;
  const fromMs = clock.nowMs();
  for (let second = 0; second < options.seconds && closed() === undefined; second++) {
    at(device, second);
    await new Promise((resolve) => setTimeout(resolve, 1_000 / SPEED));
  }
  return { end: closed(), said: device.said, lastedMs: clock.nowMs() - fromMs };
}

for (const mode of ["auto", "realtime"] as const) {
  test(`${mode}: after 120 s without speech the device is told goodbye, though it sends for ever`, async () => {
    const { end, said, lastedMs } = await listenLong(mode, { seconds: 200 });
    assertEquals(end, { type: "no_speech" });
    assertEquals(said, ["alert", "tts stop"]);
    assertEquals(lastedMs >= 119_000, true);
  });
}

test("who speaks now and then is listened to for ever", async () => {
  const { end } = await listenLong(
    "auto",
    // On a busy machine many seconds of this clock may pass between two words.
    { seconds: 130, changes: { session: { noSpeechMs: 80_000 } } },
    (device, second) => second % 10 === 5 ? device.speak(1_000) : device.pause(1_000),
  );
  assertEquals(end, undefined);
});

test("noise that is no word is no speech", async () => {
  const engine = new FakeEngine();
  engine.script = () => "";
  const { end } = await listenLong(
    "auto",
    { seconds: 120, engine, changes: { session: { noSpeechMs: 15_000 } } },
    (device, second) => second % 5 === 2 ? device.speak(1_000) : device.pause(1_000),
  );
  assertEquals(end, { type: "no_speech" });
});

/** An engine that finds speech at once, and its words when it is told to. */
class SlowEngine extends FakeEngine {
  readonly gate = Promise.withResolvers<void>();

  override async recognize(...args: Parameters<FakeEngine["recognize"]>) {
    await this.gate.promise;
    return await super.recognize(...args);
  }
}

test("neither limit counts while words are being found", async () => {
  const engine = new SlowEngine();
  const clock = fastClock(SPEED);
  const limits = { noSpeechMs: 20_000, idleTimeoutMs: 20_000 };
  await using gateway = new TestGateway(
    engine,
    { session: limits, asr: { moonshine: { type: "moonshine", finalTimeoutMs: 300_000 } } },
    { clock },
  );
  await using device = await HandDevice.listen(gateway, "auto");
  device.speak(1_000);
  device.pause(1_000);
  await gateway.until(() => gateway.gateway.stats.counters.turnsStarted > 0, "speech");
  await new Promise((resolve) => setTimeout(resolve, 50_000 / SPEED));
  assertEquals(device.said, []);
  engine.gate.resolve();
  await device.until(() => device.said.includes("tts stop"), "answered");
  assertEquals(device.said, ["stt segment 0", "tts start", "tts stop"]);
});

test("a device that was not asked to be listened to may keep its connection", async () => {
  const { end } = await listenLong(
    "manual",
    { seconds: 40, changes: { session: { noSpeechMs: 15_000 } } },
  );
  assertEquals(end, undefined);
});
