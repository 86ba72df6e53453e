import { assertEquals } from "@std/assert";
import type { DeviceLink } from "../../../lib/session/mod.ts";
import { Outbox } from "../../../lib/session/answering/outbox.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

/** A socket from which the test takes bytes away. */
class SlowLink implements DeviceLink {
  bufferedBytes = 0;
  open = true;
  readonly sent: (string | Uint8Array)[] = [];

  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.open) {
      this.sent.push(data);
      this.bufferedBytes += typeof data === "string" ? new TextEncoder().encode(data).length : data.length;
    }
    return this.open;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): void {}
}

function openOutbox(maxBytes = 1_000) {
  const clock = new FakeClock();
  const link = new SlowLink();
  let slow = 0;
  let dropped = 0;
  const outbox = new Outbox({
    link,
    sessionId: "s1",
    clock,
    maxBytes,
    slowReaderMs: 500,
    onDropped: () => dropped++,
    onSlowReader: () => slow++,
  });
  return { clock, link, outbox, slow: () => slow, dropped: () => dropped };
}

/** Sends until one message has no room. */
function fill(outbox: Outbox): void {
  while (outbox.send({ type: "tts", state: "stop" }));
}

test("never more than the bound waits for a device; the rest is dropped and counted", () => {
  const { outbox, link, dropped } = openOutbox();
  fill(outbox);
  assertEquals(link.bufferedBytes <= 1_000 && link.bufferedBytes > 900, true);
  outbox.send({ type: "tts", state: "stop" });
  assertEquals(dropped(), 2);
  outbox.close();
});

test("a device that reads nothing is given up, once", async () => {
  const { outbox, clock, slow } = openOutbox();
  fill(outbox);
  await clock.advance(499);
  assertEquals(slow(), 0);
  await clock.advance(1);
  assertEquals(slow(), 1);
  outbox.close();
  await clock.advance(5_000);
  assertEquals([slow(), clock.pending], [1, 0]);
});

test("a device that reads on is not", async () => {
  const { outbox, clock, link, slow } = openOutbox();
  fill(outbox);
  await clock.advance(300);
  link.bufferedBytes = 100;
  await clock.advance(300);
  assertEquals([slow(), outbox.send({ type: "tts", state: "stop" })], [0, true]);
  outbox.close();
});

test("a device that reads slowly, but reads, is kept", async () => {
  const { outbox, clock, link, slow } = openOutbox();
  fill(outbox);
  for (let round = 0; round < 3; round++) {
    link.bufferedBytes -= 60;
    await clock.advance(500);
    assertEquals(slow(), 0);
    fill(outbox);
  }
  await clock.advance(1_000);
  assertEquals(slow(), 1);
  outbox.close();
});

test("what waits is counted in bytes, not in letters", () => {
  const { outbox, link } = openOutbox();
  while (outbox.send({ type: "stt", text: "你好".repeat(20) }));
  assertEquals(link.bufferedBytes <= 1_000, true);
  outbox.close();
});

test("a socket that has gone, and a closed outbox, take nothing", () => {
  const { outbox, link, dropped } = openOutbox();
  link.open = false;
  assertEquals(outbox.send({ type: "tts", state: "stop" }), false);
  link.open = true;
  outbox.close();
  assertEquals(outbox.send({ type: "tts", state: "stop" }), false);
  assertEquals(dropped(), 0);
});

const FRAME = new Uint8Array(4_000);
const STOP = { type: "tts", state: "stop" } as const;

/** What the socket was given, frames by their length. */
function given({ sent }: SlowLink): readonly (string | number)[] {
  return sent.map((data) => typeof data === "string" ? JSON.parse(data).type : data.length);
}

test("frames and messages leave in order; the socket is given no more than it may hold", async () => {
  const { outbox, link, clock } = openOutbox(100_000);
  for (let frame = 0; frame < 6; frame++) outbox.send(FRAME);
  outbox.send(STOP);
  assertEquals(given(link), Array(5).fill(4_000));
  link.bufferedBytes = 0;
  await clock.advance(20);
  assertEquals(given(link), [...Array(6).fill(4_000), "tts"]);
  assertEquals(clock.pending, 0);
  outbox.close();
});

test("what waits when its turn is given up never leaves, and makes room", async () => {
  const { outbox, link, clock, dropped } = openOutbox(30_000);
  const turn = new AbortController();
  for (let frame = 0; frame < 7; frame++) outbox.send(FRAME, turn.signal);
  assertEquals([outbox.send(FRAME), dropped()], [false, 1]);
  turn.abort();
  assertEquals(outbox.send(STOP, turn.signal), false);
  link.bufferedBytes = 0;
  assertEquals(outbox.send(STOP), true);
  await clock.advance(1_000);
  assertEquals(given(link), [...Array(5).fill(4_000), "tts"]);
  outbox.close();
});

test("closing gives the socket what waits", () => {
  const { outbox, link } = openOutbox(30_000);
  for (let frame = 0; frame < 6; frame++) outbox.send(FRAME);
  outbox.send(STOP);
  outbox.close();
  assertEquals(given(link), [...Array(6).fill(4_000), "tts"]);
});

test("flushed: when all has left, or nobody waits for that any more", async () => {
  for (const how of ["read", "aborted", "closed", "in vain"] as const) {
    const { outbox, link, clock } = openOutbox();
    const turn = new AbortController();
    outbox.send(STOP);
    let flushed = false;
    const done = outbox.flushed(turn.signal).then(() => flushed = true);
    await clock.advance(499);
    assertEquals(flushed, false);
    if (how === "read") link.bufferedBytes = 0;
    if (how === "aborted") turn.abort();
    if (how === "closed") outbox.close();
    await clock.advance(how === "in vain" ? 20 : 1);
    await done;
    assertEquals([how, flushed], [how, true]);
    outbox.close();
    assertEquals(clock.pending, 0);
  }
});
