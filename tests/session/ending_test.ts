import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { CleanupReport } from "../../lib/lifecycle/mod.ts";
import type { SessionEnd } from "../../lib/session/mod.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { HandDevice } from "../support/hand_device.ts";
import { openGateway, type TestGateway, testTransports } from "../support/test_gateway.ts";
import { inTime } from "../support/until.ts";

/** Brings a device into a state; whatever it holds there must be released when the connection ends. */
interface State {
  readonly name: string;
  /** Whether the device waits for the end of a turn there. */
  readonly unanswered: boolean;
  readonly reach: (gateway: TestGateway, engine: FakeEngine) => Promise<HandDevice>;
}

const STATES: readonly State[] = [
  { name: "before hello", unanswered: false, reach: (gateway) => HandDevice.open(gateway) },
  { name: "idle", unanswered: false, reach: (gateway) => HandDevice.greet(gateway) },
  { name: "listening", unanswered: false, reach: (gateway) => HandDevice.listen(gateway, "auto") },
  {
    name: "mid-utterance",
    unanswered: true,
    async reach(gateway) {
      const device = await HandDevice.listen(gateway, "auto");
      device.speak(600);
      await gateway.until(() => gateway.gateway.stats.counters.turnsStarted > 0, "speech");
      return device;
    },
  },
  {
    name: "recognizing",
    unanswered: true,
    async reach(gateway, engine) {
      const device = await HandDevice.listen(gateway, "manual");
      device.speak(600);
      await gateway.until(() => gateway.gateway.stats.counters.turnsStarted > 0, "speech");
      engine.hold();
      device.stop();
      await gateway.until(() => engine.segments.length > 0, "a recognition");
      return device;
    },
  },
  {
    name: "after an answer",
    unanswered: false,
    async reach(gateway) {
      const device = await HandDevice.listen(gateway, "manual");
      device.speak(600);
      device.stop();
      await device.hears(["stt segment 0", "tts start", "tts stop"]);
      return device;
    },
  },
];

function closing(gateway: TestGateway): { end: SessionEnd; report: CleanupReport } | undefined {
  for (const event of gateway.sessionEvents) if (event.type === "closed") return event;
  return undefined;
}

testTransports("a device that vanishes at any step leaves nothing behind", async (http, t) => {
  for (const { name, reach } of STATES) {
    await t.step(name, async () => {
      const engine = new FakeEngine();
      await using gateway = await openGateway(http, {}, engine);
      await using device = await reach(gateway, engine);
      device.drop();
      await gateway.until(() => closing(gateway) !== undefined, "the end of the session");
      const closed = closing(gateway);
      assertEquals(closed?.end.type, "device_left");
      assertEquals(closed?.report.ok, closed?.report.total);
      const { sessions, sockets, audioBytes, vadStreams } = gateway.gateway.stats;
      assertEquals([sessions, sockets, audioBytes, vadStreams], [0, 0, 0, 0]);
      engine.release();
    });
  }
});

testTransports(
  "a gateway that closes tells every device, whatever it is doing, and releases everything",
  async (http, t) => {
    for (const { name, unanswered, reach } of STATES) {
      await t.step(name, async () => {
        const engine = new FakeEngine();
        await using gateway = await openGateway(http, {}, engine);
        await using device = await reach(gateway, engine);
        device.heard.length = 0;
        const report = await gateway.gateway.close();
        assertEquals(report.ok, report.total, JSON.stringify(report));
        assertEquals((await device.ended).code, 1001);
        assertEquals(device.said, unanswered ? ["tts stop"] : []);
        engine.release();
      });
    }
  },
);

testTransports("closing twice, also while it closes, gives the same report", async (http) => {
  await using gateway = await openGateway(http);
  await using _device = await HandDevice.listen(gateway, "realtime");
  const first = gateway.gateway.close();
  const second = gateway.gateway.close();
  assertStrictEquals(await first, await second);
  assertStrictEquals(await gateway.gateway.close(), await first);
});

testTransports("a gateway that closes while a device connects leaves nothing open", async (http) => {
  await using gateway = await openGateway(http);
  const opening = HandDevice.open(gateway).then(
    async (device) => await device[Symbol.asyncDispose](),
    () => {},
  );
  await gateway.gateway.close();
  await opening;
});

testTransports("a peer that answers no close is abandoned by its deadline and named", async (http) => {
  await using gateway = await openGateway(http, { session: { closeHandshakeMs: 200 } });
  await using silent = await HandDevice.greet(gateway, { reads: false });
  silent.start("auto");
  // The read that was under way when it stalled takes the hello; from here on nothing is read.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const report = await inTime(gateway.gateway.close(), "the close beside a silent peer");
  assertEquals(report.timedOut.length, 1);
  assert(report.timedOut[0]?.endsWith("/socket"), report.timedOut[0]);
  silent.drop();
});
