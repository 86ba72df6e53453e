import { assertEquals } from "@std/assert";
import type { DeviceLink } from "../../lib/session/mod.ts";
import { Outbox } from "../../lib/session/outbox.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

/** A socket from which the test takes bytes away. */
class SlowLink implements DeviceLink {
  bufferedBytes = 0;
  open = true;

  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.open) {
      this.bufferedBytes += typeof data === "string" ? new TextEncoder().encode(data).length : data.length;
    }
    return this.open;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): void {}
}

function openOutbox() {
  const clock = new FakeClock();
  const link = new SlowLink();
  let stuck = 0;
  let dropped = 0;
  const outbox = new Outbox({
    link,
    sessionId: "s1",
    clock,
    maxBytes: 1_000,
    stuckMs: 500,
    onDropped: () => dropped++,
    onStuck: () => stuck++,
  });
  return { clock, link, outbox, stuck: () => stuck, dropped: () => dropped };
}

/** Sends until one message has no room. */
function fill(outbox: Outbox): void {
  while (outbox.send({ type: "tts", state: "stop" }));
}

test("never more than the bound waits for a device; the rest is dropped and counted", () => {
  const { outbox, link, dropped } = openOutbox();
  fill(outbox);
  const { sent } = outbox.stats;
  assertEquals(link.bufferedBytes <= 1_000 && link.bufferedBytes > 900, true);
  outbox.send({ type: "tts", state: "stop" });
  assertEquals(outbox.stats, { sent, dropped: 2 });
  assertEquals(dropped(), 2);
  outbox.close();
});

test("a device that reads nothing is given up, once", async () => {
  const { outbox, clock, stuck } = openOutbox();
  fill(outbox);
  await clock.advance(499);
  assertEquals(stuck(), 0);
  await clock.advance(1);
  assertEquals(stuck(), 1);
  outbox.close();
  await clock.advance(5_000);
  assertEquals([stuck(), clock.pending], [1, 0]);
});

test("a device that reads on is not", async () => {
  const { outbox, clock, link, stuck } = openOutbox();
  fill(outbox);
  await clock.advance(300);
  link.bufferedBytes = 100;
  await clock.advance(300);
  assertEquals([stuck(), outbox.send({ type: "tts", state: "stop" })], [0, true]);
  outbox.close();
});

test("a device that reads slowly, but reads, is kept", async () => {
  const { outbox, clock, link, stuck } = openOutbox();
  fill(outbox);
  for (let round = 0; round < 3; round++) {
    link.bufferedBytes -= 60;
    await clock.advance(500);
    assertEquals(stuck(), 0);
    fill(outbox);
  }
  await clock.advance(1_000);
  assertEquals(stuck(), 1);
  outbox.close();
});

test("what waits is counted in bytes, not in letters", () => {
  const { outbox, link } = openOutbox();
  while (outbox.send({ type: "stt", text: "你好".repeat(20) }));
  assertEquals(link.bufferedBytes <= 1_000, true);
  outbox.close();
});

test("a socket that has gone, and a closed outbox, take nothing", () => {
  const { outbox, link } = openOutbox();
  link.open = false;
  assertEquals(outbox.send({ type: "tts", state: "stop" }), false);
  link.open = true;
  outbox.close();
  assertEquals(outbox.send({ type: "tts", state: "stop" }), false);
  assertEquals(outbox.stats, { sent: 0, dropped: 0 });
});
