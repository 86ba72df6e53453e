import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeEngine } from "../support/fake_engine.ts";
import { HandDevice } from "../support/hand_device.ts";
import { ScriptedService } from "../support/scripted_service.ts";
import { test } from "../support/test.ts";
import { TestGateway } from "../support/test_gateway.ts";
import { inTime } from "../support/until.ts";

const GOODBYE = "alert";
const SHUTDOWN = { by: "gateway", code: 1001, reason: "shutdown" };

function kindsOf(device: HandDevice): unknown[] {
  return device.heard.map(({ type, state }) => state === undefined ? type : `${type} ${state}`);
}

test("a gateway that drains refuses new devices with a reason, and still answers", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine);
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(600);
  await gateway.until(() => gateway.gateway.stats.counters.turnsStarted > 0, "speech");
  const drained = gateway.gateway.drain();

  const upgrade = await fetch(gateway.http("/xiaozhi/v1/"), {
    headers: {
      "connection": "upgrade",
      "upgrade": "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    },
  });
  assertEquals([upgrade.status, upgrade.headers.get("retry-after")], [503, "10"]);
  assertStringIncludes(await upgrade.text(), "server.draining");
  const ready = await fetch(gateway.http("/readyz"));
  assertEquals([ready.status, (await ready.json()).ready], [503, false]);
  const health = await fetch(gateway.http("/healthz"));
  assertEquals([health.status, (await health.json()).sessions], [200, 1]);

  device.stop();
  assertEquals(await drained, { sessions: 1, unfinished: 0 });
});

test("who is speaking is heard to the end, answered, told, and let go", async () => {
  await using gateway = new TestGateway();
  await using device = await HandDevice.listen(gateway, "auto");
  device.speak(600);
  await gateway.until(() => gateway.gateway.stats.counters.turnsStarted > 0, "speech");
  const drained = gateway.gateway.drain();
  device.speak(300);
  device.pause(900);
  assertEquals(await device.ended, SHUTDOWN);
  assertEquals(kindsOf(device), ["stt", "tts start", "tts stop", GOODBYE]);
  assertEquals(await drained, { sessions: 1, unfinished: 0 });
  assertEquals(gateway.gateway.stats.sessions, 0);
});

const SERVICE_ENDS = { asr: { vosk: { type: "vosk" } } } as const;

/** A device that keeps sending, as a microphone does. */
function keepSending(device: HandDevice): Disposable {
  const timer = setInterval(() => device.pause(60), 20);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

for (const mode of ["auto", "realtime"] as const) {
  test(`${mode}: noise in which the recognizer that ends utterances has heard no word is not waited for`, async () => {
    const service = new ScriptedService();
    await using gateway = new TestGateway(new FakeEngine(), SERVICE_ENDS, { service });
    await using device = await HandDevice.listen(gateway, mode);
    using _sending = keepSending(device);
    await gateway.until(() => service.streams.length === 1, "a stream");
    assertEquals(await gateway.gateway.drain(), { sessions: 1, unfinished: 0 });
    assert(service.stream.finished);
    assertEquals(await device.ended, SHUTDOWN);
    assertEquals(kindsOf(device), ["tts stop", GOODBYE]);
    assertEquals(service.streams.length, 1);
  });

  test(`${mode}: words of which the recognizer had said none when the gateway drains are heard and told`, async () => {
    const service = new ScriptedService({ finalAtFinish: "Good morning." });
    await using gateway = new TestGateway(new FakeEngine(), SERVICE_ENDS, { service });
    await using device = await HandDevice.listen(gateway, mode);
    using _sending = keepSending(device);
    await gateway.until(() => service.streams.length === 1, "a stream");
    assertEquals(await gateway.gateway.drain(), { sessions: 1, unfinished: 0 });
    assertEquals(await device.ended, SHUTDOWN);
    assertEquals(kindsOf(device), ["stt", "tts start", "tts stop", GOODBYE]);
  });

  test(`${mode}: who speaks when the gateway drains is heard until they pause, where words come only then`, async () => {
    const service = new ScriptedService({ finalAtFinish: "Good morning." });
    await using gateway = new TestGateway(new FakeEngine(), SERVICE_ENDS, { service });
    await using device = await HandDevice.listen(gateway, mode);
    device.speak(300);
    await gateway.until(() => service.streams.length === 1, "a stream");
    const drained = gateway.gateway.drain();
    // A gap between two words is no end.
    for (const say of [() => device.speak(600), () => device.pause(420), () => device.speak(600)]) {
      say();
      await device.settled();
      assertEquals(service.stream.finished, false);
    }
    device.pause(900);
    assertEquals(await drained, { sessions: 1, unfinished: 0 });
    assertEquals(await device.ended, SHUTDOWN);
    assertEquals(kindsOf(device), ["stt", "tts start", "tts stop", GOODBYE]);
    assert(service.stream.written.length >= (300 + 600 + 420 + 600) / 60);
  });

  test(`${mode}: noise that goes on is nobody who speaks`, async () => {
    const service = new ScriptedService();
    await using gateway = new TestGateway(new FakeEngine(), SERVICE_ENDS, { service });
    await using device = await HandDevice.listen(gateway, mode);
    device.speak(300);
    await gateway.until(() => service.streams.length === 1, "a stream");
    const drained = gateway.gateway.drain();
    device.speak(2_400);
    assertEquals(await drained, { sessions: 1, unfinished: 0 });
    assertEquals(await device.ended, SHUTDOWN);
    assertEquals(kindsOf(device), ["tts stop", GOODBYE]);
  });

  test(`${mode}: words that are under way are heard to the end that the recognizer gives them`, async () => {
    const service = new ScriptedService();
    await using gateway = new TestGateway(new FakeEngine(), SERVICE_ENDS, { service });
    await using device = await HandDevice.listen(gateway, mode);
    using _sending = keepSending(device);
    await gateway.until(() => service.streams.length === 1, "a stream");
    service.stream.partial("good");
    await device.settled();
    const drained = gateway.gateway.drain();
    const { length } = service.stream.written;
    await gateway.until(() => service.stream.written.length > length + 3, "more sound");
    assertEquals(service.stream.finished, false);
    service.stream.final("Good morning.");
    assertEquals(await drained, { sessions: 1, unfinished: 0 });
    assertEquals(await device.ended, SHUTDOWN);
    assertEquals(kindsOf(device), ["stt", "tts start", "tts stop", GOODBYE]);
  });
}

test("with a button held, sound in which the recognizer has heard no word is waited for until it is released", async () => {
  const service = new ScriptedService();
  await using gateway = new TestGateway(new FakeEngine(), SERVICE_ENDS, { service });
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(300);
  await gateway.until(() => service.streams.length === 1, "a stream");
  const drained = gateway.gateway.drain();
  device.speak(300);
  await device.settled();
  assertEquals(service.stream.finished, false);
  service.stream.final("Good morning.");
  device.stop();
  assertEquals(await drained, { sessions: 1, unfinished: 0 });
  await device.ended;
  assertEquals(kindsOf(device), ["stt", "tts start", "tts stop", GOODBYE]);
});

test("who is silent, or has not said hello, is let go at once", async () => {
  for (const mode of ["auto", "realtime", undefined] as const) {
    await using gateway = new TestGateway();
    await using device = mode === undefined
      ? await HandDevice.open(gateway)
      : await HandDevice.listen(gateway, mode);
    await gateway.until(() => gateway.gateway.stats.sessions === 1, "the session");
    if (mode !== undefined) await device.settled();
    assertEquals(await gateway.gateway.drain(), { sessions: 1, unfinished: 0 });
    assertEquals(await device.ended, SHUTDOWN);
    assertEquals(kindsOf(device), [GOODBYE]);
  }
});

test("a button that is held down is waited for, and nothing new begins meanwhile", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine);
  await using device = await HandDevice.listen(gateway, "manual");
  device.pause(300);
  await device.settled();
  const drained = gateway.gateway.drain();
  device.speak(300);
  engine.hold("recognition");
  device.stop();
  device.speak(300);
  await device.settled();
  engine.release();
  assertEquals(await drained, { sessions: 1, unfinished: 0 });
  assertEquals(await device.ended, SHUTDOWN);
  assertEquals(kindsOf(device), ["stt", "tts start", "tts stop", GOODBYE]);
  assertEquals(gateway.gateway.stats.counters.turnsStarted, 1);
});

test("a turn that does not end is cut at the deadline, and its device gets its tts stop", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, { server: { drainMs: 100 } });
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(600);
  await device.settled();
  engine.hold("recognition");
  device.stop();
  await gateway.until(() => engine.segments.length > 0, "a recognition");
  const drained = gateway.gateway.drain();
  assertEquals(gateway.gateway.drain(), drained);
  assertEquals(await drained, { sessions: 1, unfinished: 1 });
  const report = await gateway.gateway.close();
  assertEquals(report.ok, report.total);
  assertEquals(await device.ended, SHUTDOWN);
  assertEquals(kindsOf(device), ["tts stop"]);
  engine.release();
});

test("closing does not wait for a drain under way", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine);
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(600);
  await device.settled();
  const drained = gateway.gateway.drain();
  const report = await inTime(gateway.gateway.close(), "the close");
  assertEquals(report.ok, report.total);
  await drained;
});
