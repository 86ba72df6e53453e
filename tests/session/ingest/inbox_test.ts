import { assertEquals } from "@std/assert";
import { Inbox } from "../../../lib/session/ingest/inbox.ts";
import { InboxScheduler } from "../../../lib/session/ingest/inbox_scheduler.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

function open() {
  const clock = new FakeClock();
  const handled: (string | Uint8Array)[] = [];
  const inbox = new Inbox(new InboxScheduler(clock), (message) => handled.push(message));
  return { clock, inbox, handled };
}

test("inbox: messages are handled in order, once their sender has returned, empty ones too", async () => {
  const { inbox, handled } = open();
  inbox.push("first", 0);
  assertEquals(handled, []);
  await settle();
  assertEquals(handled, ["first"]);
  const frame = Uint8Array.of(1);
  for (const message of ["", "a", frame, new Uint8Array(0), "b"]) inbox.push(message, 0);
  assertEquals(handled.length, 1);
  await settle();
  assertEquals(handled, ["first", "", "a", frame, new Uint8Array(0), "b"]);
  inbox.push("waits", 0);
  inbox.close();
  inbox.push("after", 0);
  await settle();
  assertEquals(handled.length, 6);
});

test("inbox: after 16 messages within 10 ms everybody else has a turn; at the pace of speech nobody waits", async () => {
  const { clock, inbox, handled } = open();
  for (let index = 0; index < 50; index++) inbox.push(`${index}`, 0);
  await settle();
  assertEquals(handled.length, 32); // the first row begins the measure
  await clock.advance(1);
  assertEquals(handled.length, 50);
  handled.length = 0;
  for (let index = 0; index < 50; index++) {
    await clock.advance(60);
    inbox.push(`${index}`, 0);
    await settle();
    assertEquals(handled.length, index + 1);
  }
  assertEquals(clock.pending, 0);
});

test("inbox: beyond its bounds frames find no room, text finds twice as much, and handling makes room", async () => {
  const { clock, inbox, handled } = open();
  const frame = new Uint8Array(200);
  let taken = 0;
  while (inbox.push(frame, 0)) taken++;
  assertEquals(taken, 4_096);
  while (inbox.push("text", 0)) taken++;
  assertEquals(taken, 8_192);
  while (handled.length < taken) await clock.advance(1);
  assertEquals(
    [inbox.push(new Uint8Array(1_048_576), 0), inbox.push(frame, 0), inbox.push("x".repeat(1_048_576), 0)],
    [
      true,
      false,
      true,
    ],
  );
  assertEquals(inbox.push("x", 0), false);
  inbox.close();
});

test("inbox: each message is handled with the time at which it came, however long it waits", async () => {
  const clock = new FakeClock();
  const came: [unknown, number][] = [];
  const inbox = new Inbox(
    new InboxScheduler(clock),
    (message, receivedMs) => came.push([message, receivedMs]),
  );
  inbox.push("a", 1);
  inbox.push("b", 2);
  inbox.push("c", 3);
  await clock.advance(1_000);
  inbox.push("d", 1_000);
  await settle();
  assertEquals(came, [["a", 1], ["b", 2], ["c", 3], ["d", 1_000]]);
});

test("inbox: closed while messages wait, or by what it handles, it handles nothing more", async () => {
  const { clock, inbox, handled } = open();
  for (let index = 0; index < 50; index++) inbox.push(`${index}`, 0);
  inbox.close();
  await settle();
  assertEquals(handled, []);
  let count = 0;
  const closing = new Inbox(new InboxScheduler(clock), () => {
    if (++count === 32) closing.close();
  });
  for (let index = 0; index < 50; index++) closing.push(`${index}`, 0);
  await settle();
  assertEquals([clock.pending, count], [0, 32]);
});
