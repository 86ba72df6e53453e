import { assertEquals, assertStrictEquals } from "@std/assert";
import { moonshineOver } from "../contract/engine_subjects.ts";
import { runAlone } from "../support/open_recognizer.ts";
import { OpusEncoder } from "../../lib/audio/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import {
  createSessionCounters,
  type DeviceLink,
  InboxScheduler,
  Session,
  type SessionEvent,
} from "../../lib/session/mod.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { noise } from "../support/noise.ts";
import { sessionServices } from "../support/session_services.ts";
import { test } from "../support/test.ts";
import { configOf } from "../support/config_of.ts";

/** A socket that keeps what is sent. */
class FakeLink implements DeviceLink {
  readonly sent: (string | Uint8Array)[] = [];
  readonly closedWith: [code: number, reason: string][] = [];
  destroyed = false;
  bufferedBytes = 0;

  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    this.sent.push(data);
    return true;
  }

  close(code: number, reason: string): Promise<void> {
    this.closedWith.push([code, reason]);
    return Promise.resolve();
  }

  destroy(): void {
    this.destroyed = true;
  }
}

/** A session that has said hello unless told otherwise, on a socket and a clock of the test's own. */
function openSession({ greets = true } = {}) {
  const clock = new FakeClock();
  const link = new FakeLink();
  const engine = new FakeEngine();
  // The inbox is what these tests bound, so the pace of sound is not.
  const config = configOf({ session: { audioBurstMs: 600_000 } });
  const counters = createSessionCounters();
  const inboxes = new InboxScheduler(clock);
  const scope = new Scope("session", { clock });
  const events: SessionEvent[] = [];
  const session = new Session({
    id: "s1",
    identity: { frameVersion: 1, viaGateway: false },
    trusted: true,
    link,
    scope,
    onEvent: (event) => events.push(event),
    services: sessionServices(engine, {
      clock,
      config,
      inboxes,
      counters,
      agentOf: () => ({
        name: "default",
        languages: ["en"],
        recognizer:
          runAlone(moonshineOver(engine), { clock, openTimeoutMs: 5_000, finalTimeoutMs: 10_000 }).recognizer,
        pipeline: { endpointing: "vad", startsBy: "detector", sound: "engine", ahead: true },
      }),
    }),
  });
  if (greets) session.receiveText(`{"type":"hello"}`);
  return { session, clock, link, counters, events, inboxes, scope };
}

const PACKET = Uint8Array.of(8, 0xff, 0xfe);

test("frames beyond what may wait to be read are dropped and counted", async () => {
  const { session, counters, clock } = openSession();
  await settle();
  for (let count = 0; count < 4_200; count++) session.receiveFrame(PACKET);
  assertEquals(counters.framesOverflowed, 4_200 - 4_096);
  for (let turn = 0; turn < 300; turn++) await clock.advance(1);
  assertEquals(counters.audioChunks, 4_096);
  const report = await session.close({ type: "shutdown" });
  assertEquals(report.ok, report.total);
});

test("behind any burst of sound there is room for the message that ends it", async () => {
  const { session, counters, clock } = openSession();
  await settle();
  for (let count = 0; count < 5_000; count++) session.receiveFrame(PACKET);
  session.receiveText(`{"type":"unheard of"}`);
  for (let turn = 0; turn < 300; turn++) await clock.advance(1);
  assertEquals(counters.messagesUnknown, 1);
  await session.close({ type: "shutdown" });
});

test("a message that finds no room would be missed, so the session ends", async () => {
  const { session, counters, link, events } = openSession();
  for (let count = 0; count < 9_000; count++) session.receiveText(`{"type":"iot"}`);
  const report = await session.closed;
  assertEquals(report.ok, report.total);
  assertEquals(link.closedWith, [[1008, "flood"]]);
  const [closed] = events;
  assertEquals(closed?.type === "closed" && closed.end, { type: "flood" });
  assertEquals(counters.messagesInvalid + counters.messagesUnknown, 0);
});

test("what came in the very moment of closing is not read any more", async () => {
  const { session } = openSession();
  await settle();
  session.receiveFrame(PACKET);
  const report = await session.close({ type: "idle" });
  assertEquals(report.failed, []);
  assertEquals(report.ok, report.total);
});

test("the first reason to close is the one that counts, and closing again joins", async () => {
  const { session, link, counters } = openSession();
  const first = session.close({ type: "goodbye" });
  const second = session.close({ type: "flood" });
  session.disconnected(1006);
  assertStrictEquals(await first, await second);
  assertEquals(link.closedWith, [[1000, "goodbye"]]);
  assertEquals([counters.sessionsClosed, counters.sessionsUnclean], [1, 0]);
});

test("a device that has left is sent nothing, and its socket is let go", async () => {
  const { session, link } = openSession();
  await settle();
  const sent = link.sent.length;
  session.receiveText(`{"type":"listen","state":"start","mode":"manual"}`);
  await settle();
  session.disconnected(0);
  await session.closed;
  assertEquals([link.sent.length, link.closedWith.length, link.destroyed], [sent, 0, true]);
});

test("every timer is gone with the session", async () => {
  const { session, clock, inboxes } = openSession();
  session.receiveText(`{"type":"listen","state":"start","mode":"auto"}`);
  for (let count = 0; count < 60; count++) session.receiveFrame(PACKET);
  await settle();
  await session.close({ type: "idle" });
  inboxes.close(); // it is the process's, and may rest
  assertEquals(clock.pending, 0);
});

test("no hello within its time ends the session, not a moment earlier", async () => {
  const { session, clock, link } = openSession({ greets: false });
  session.receiveText(`{"type":"ping"}`);
  await clock.advance(9_999);
  assertEquals(link.closedWith, []);
  await clock.advance(1);
  await session.closed;
  assertEquals(link.closedWith, [[1008, "hello_timeout"]]);
});

test("silence for the whole idle time ends the session, not a moment earlier", async () => {
  const { session, clock, link } = openSession();
  await clock.advance(119_999);
  session.receiveText(`{"type":"ping"}`);
  await clock.advance(119_999);
  assertEquals(link.closedWith, []);
  await clock.advance(1);
  await session.closed;
  assertEquals(link.closedWith, [[1000, "idle"]]);
});

test("a fault of ours ends the session, and is what the session ended with", async () => {
  const { session, link, events, clock } = openSession();
  await settle();
  const fault = new TypeError("ours");
  link.send = () => {
    link.send = () => true;
    throw fault;
  };
  session.receiveText(`{"type":"ping"}`);
  session.receiveText(`{"type":"ping"}`);
  const report = await session.closed;
  assertEquals(report.failed, []);
  assertEquals(link.closedWith, [[1011, "failed"]]);
  const [closed] = events;
  const end = closed?.type === "closed" ? closed.end : undefined;
  assertEquals(end?.type === "failed" && [end.error.code, end.error.cause], ["internal", fault]);
  assertEquals(clock.pending, 0);
});

test("a turn's scope is held until its answer has left; an abort, and a new turn, close it at once", async () => {
  for (const how of ["read", "abort", "listen"] as const) {
    const { session, clock, link, scope } = openSession();
    const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
    const say = (message: object) => session.receiveText(JSON.stringify(message));
    say({ type: "listen", state: "start", mode: "manual" });
    for (let packet = 0; packet < 10; packet++) session.receiveFrame(encoder.encode(noise(960, 8_000)));
    await clock.advance(1_000);
    encoder.close();
    link.bufferedBytes = 300; // the socket does not get rid of what it has
    say({ type: "listen", state: "stop" });
    await clock.advance(1_000);
    assertEquals(link.sent.filter((data) => String(data).includes(`"stt"`)).length, 1);
    assertEquals(scope.stats.children, 1);
    if (how === "read") {
      link.bufferedBytes = 0;
      await clock.advance(20);
    } else {
      say(how === "abort" ? { type: "abort" } : { type: "listen", state: "start", mode: "auto" });
      await clock.advance(0);
    }
    assertEquals([how, scope.stats.children], [how, how === "listen" ? 1 : 0]);
    const report = await session.close({ type: "shutdown" });
    assertEquals(report.ok, report.total);
  }
});
