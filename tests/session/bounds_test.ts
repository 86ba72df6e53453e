import { assert, assertEquals } from "@std/assert";
import { MemoryAccount, MemoryBudget } from "../../lib/audio/mod.ts";
import { type Clock, systemClock } from "../../lib/lifecycle/mod.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { flood } from "../support/flood.ts";
import { HandDevice } from "../support/hand_device.ts";
import { assertSameSound } from "../support/same_sound.ts";
import { openGateway, TestGateway, testTransports } from "../support/test_gateway.ts";

const ANSWER = (index: number) => [`stt segment ${index}`, "tts start", "tts stop"];

testTransports("an utterance without an end is ended and recognized, and listening goes on", async (http) => {
  const engine = new FakeEngine();
  await using gateway = await openGateway(http, {
    vad: { endSilenceMs: 400 },
    session: { utteranceMs: 1_000, preRollMs: 500, noPacketMs: 400 },
  }, engine);
  await using device = await HandDevice.listen(gateway, "auto");
  for (let packet = 0; packet < 22; packet++) {
    device.speak(60);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await device.until(() => device.said.length >= 3, "answered");
  assertEquals(device.said.slice(0, 3), ANSWER(0));
  await device.until(() => device.said.length >= 6, "answered what came after");
  assertEquals(device.said, [...ANSWER(0), ...ANSWER(1)]);
  const cut = (engine.segments[0]?.length ?? 0) / 960;
  assertSameSound(engine.segments, [device.soundOf(0, cut), device.soundOf(cut)]);
  assertEquals(gateway.gateway.stats.counters.turnsCut, 1);
});

testTransports(
  "sound beyond the buffer's bound is dropped, the oldest first, and the turn says how much",
  async (http) => {
    const engine = new FakeEngine();
    await using gateway = await openGateway(http, { audio: { maxDurationMs: 1_200 } }, engine);
    await using device = await HandDevice.listen(gateway, "manual");
    device.speak(3_000);
    device.stop();
    await device.hears(["alert", ...ANSWER(0)]);
    assertSameSound(engine.segments, [device.soundOf(30)]);
    const [event] = gateway.sessionEvents;
    assert(event?.type === "turn_ended");
    assertEquals(event.summary.droppedMs, 1_800);
    const { audioEvicted, audioEvictedForDuration } = gateway.gateway.stats.counters;
    assertEquals([audioEvicted, audioEvictedForDuration], [30, 30]);
  },
);

testTransports(
  "the process-wide cap takes from the heaviest session, which still gets what is left",
  async (http) => {
    const engine = new FakeEngine();
    engine.script = (pcm) => `${pcm.length} samples`;
    await using gateway = await openGateway(http, { audio: { budgetBytes: 1_048_576 } }, engine);
    await using heavy = await HandDevice.listen(gateway, "manual");
    await using light = await HandDevice.listen(gateway, "manual");
    engine.hold(); // so that nothing leaves the buffers on the way to recognition
    light.speak(300);
    heavy.speak(60_000);
    await heavy.settled();
    assert(gateway.gateway.stats.audioBytes <= 1_048_576, `${gateway.gateway.stats.audioBytes} bytes`);
    const { audioEvicted, audioEvictedForBudget } = gateway.gateway.stats.counters;
    assert(audioEvictedForBudget > 0 && audioEvicted === audioEvictedForBudget, "counted while it goes on");
    engine.release();
    light.stop();
    await light.hears(["stt 4800 samples", "tts start", "tts stop"]);
    heavy.stop();
    await heavy.until(() => heavy.said.at(-1) === "tts stop", "tts stop");
  },
);

testTransports("a device that does not read is given up, while the others are served", async (http) => {
  await using gateway = await openGateway(http, { session: { slowReaderMs: 200 } });
  await using device = await HandDevice.greet(gateway);
  await using neighbor = await HandDevice.listen(gateway, "manual");
  device.stall();
  const stuck = () =>
    gateway.sessionEvents.some((event) => event.type === "closed" && event.end.type === "slow_reader");
  for (let hellos = 400; !stuck(); hellos += 400) {
    for (let count = 0; count < 400; count++) device.say({ type: "hello" });
    const read = () => gateway.gateway.stats.counters.hellosRepeated === hellos || stuck();
    await gateway.until(read, "the device being read, or given up");
  }
  assert(gateway.gateway.stats.counters.messagesUnsent > 0);
  neighbor.speak(120);
  neighbor.stop();
  await neighbor.hears(ANSWER(0));
  device.drop();
  await gateway.until(() => gateway.gateway.stats.sockets === 1, "the end of the socket");
  // Deno's own closing of the socket fails a little after the socket has ended.
  await new Promise((resolve) => setTimeout(resolve, 100));
});

for (const [name, message] of [["frames", Uint8Array.of(8, 1)], ["texts", `{"type":"iot"}`]] as const) {
  testTransports(`a flood of ${name} is bounded, and a device beside it is answered`, async (http) => {
    await using gateway = await openGateway(http);
    await using neighbor = await HandDevice.listen(gateway, "manual");
    const end = new AbortController();
    const flooding = flood(gateway, message, end.signal);
    const bounded = () =>
      gateway.sessionEvents.some((event) => event.type === "closed" && event.end.type === "flood");
    try {
      await gateway.until(bounded, "the flood being bounded");
      neighbor.speak(120);
      neighbor.stop();
      await neighbor.hears(ANSWER(0));
      const { audioChunks, framesTooFast } = gateway.gateway.stats.counters;
      // A minute of packets of 20 ms is taken, as much again is refused, and that is the end.
      assertEquals([audioChunks <= 3_000, framesTooFast], [true, name === "frames" ? 3_001 : 0]);
    } finally {
      end.abort();
      await flooding;
    }
  });
}

testTransports("a device that floods is told, and closed with a reason", async (http) => {
  // Time stands still for the gateway: a machine with other work takes some to send, in which more is allowed.
  const clock: Clock = { ...systemClock, nowMs: () => 0 };
  const changes = { session: { audioBurstMs: 1_000 }, server: { transport: http } };
  await using gateway = new TestGateway(new FakeEngine(), changes, { clock });
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(2_040); // 17 packets of 60 ms begin within the burst, and 17 more are another one
  assertEquals(await device.ended, { by: "gateway", code: 1008, reason: "flood" });
  assertEquals(device.heard.map(({ type, message }) => message ?? type).slice(0, 1), [
    "This device sends too much at once",
  ]);
  const { framesTooFast, framesOverflowed } = gateway.gateway.stats.counters;
  assertEquals([framesTooFast, framesOverflowed], [17, 0]);
});

testTransports(
  "what the inbox cannot hold is lost and counted, with no time to handle any of it",
  async (http) => {
    // A pace beyond any flood: what is left to bound it is the inbox.
    await using gateway = await openGateway(http, { session: { audioBurstMs: 600_000, maxAudioRate: 100 } });
    await using neighbor = await HandDevice.listen(gateway, "manual");
    const end = new AbortController();
    const flooding = flood(gateway, Uint8Array.of(8, 1), end.signal);
    try {
      const { counters } = gateway.gateway.stats;
      await gateway.until(() => gateway.gateway.stats.counters.framesOverflowed > 1_000, "overflow");
      assertEquals(counters.framesOverflowed, 0);
      neighbor.speak(120);
      neighbor.stop();
      await neighbor.hears(ANSWER(0));
    } finally {
      end.abort();
      await flooding;
    }
  },
);

testTransports(
  "fifty devices that send too much at once: after no push is more charged than the budget",
  async (http) => {
    const budgetBytes = 2_097_152;
    let peakBytes = 0;
    let budget: MemoryBudget | undefined;
    using _open = spied(MemoryBudget.prototype, "open", (self) => budget = self);
    using _charge = spied(MemoryAccount.prototype, "charge", () => {
      peakBytes = Math.max(peakBytes, budget?.chargedBytes ?? 0);
    });
    const engine = new FakeEngine();
    await using gateway = await openGateway(
      http,
      { audio: { budgetBytes }, session: { audioBurstMs: 3_000 } },
      engine,
    );
    await using neighbor = await HandDevice.listen(gateway, "manual");
    engine.hold(); // so that nothing leaves the buffers
    await using devices = new AsyncDisposableStack();
    for (let count = 0; count < 50; count++) {
      const device = devices.use(await HandDevice.listen(gateway, "manual"));
      device.speak(2_700);
      if (count % 2 === 0) device.speak(1_200); // past what is allowed
    }
    await gateway.until(() => gateway.gateway.stats.counters.framesTooFast > 0, "the flood being bounded");
    await gateway.until(
      () => gateway.gateway.stats.counters.audioEvictedForBudget > 0,
      "the budget being reached",
    );
    neighbor.speak(300);
    await neighbor.settled();
    engine.release();
    neighbor.stop();
    await neighbor.until(() => neighbor.said.at(-1) === "tts stop", "answered");
    assertEquals(neighbor.said[0]?.startsWith("stt "), true);
    assert(peakBytes > 0.9 * budgetBytes && peakBytes <= budgetBytes, `${peakBytes} bytes`);
  },
);

/** Looks on after every call of a method, until disposed. */
function spied<T extends object, Name extends keyof T>(
  prototype: T,
  name: Name,
  after: (self: T) => void,
): Disposable {
  const original = prototype[name];
  if (typeof original !== "function") throw new TypeError(`Cannot spy on ${String(name)}: it is no method`);
  Object.defineProperty(prototype, name, {
    configurable: true,
    writable: true,
    value: function (this: T, ...args: unknown[]) {
      const result = original.apply(this, args);
      after(this);
      return result;
    },
  });
  return {
    [Symbol.dispose]: () =>
      Object.defineProperty(prototype, name, { configurable: true, writable: true, value: original }),
  };
}
