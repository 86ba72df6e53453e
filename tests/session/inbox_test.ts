import { assertEquals, assertRejects } from "@std/assert";
import { Inbox } from "../../lib/session/inbox.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

function open() {
  const clock = new FakeClock();
  const inbox = new Inbox(clock);
  const handled: (string | Uint8Array)[] = [];
  const life = new AbortController();
  return { clock, inbox, handled, life };
}

test("inbox: messages are handled in order, once their sender has returned, empty ones too", async () => {
  const { inbox, handled, life } = open();
  inbox.push("before");
  const reading = inbox.read((message) => handled.push(message), life.signal);
  await settle();
  assertEquals(handled, ["before"]);
  const frame = Uint8Array.of(1);
  for (const message of ["", "a", frame, new Uint8Array(0), "b"]) inbox.push(message);
  assertEquals(handled.length, 1);
  await settle();
  assertEquals(handled, ["before", "", "a", frame, new Uint8Array(0), "b"]);
  life.abort();
  await reading;
  inbox.push("after");
  await settle();
  assertEquals(handled.length, 6);
});

test("inbox: after 16 messages within 10 ms everybody else has a turn; at the pace of speech nobody waits", async () => {
  const { clock, inbox, handled, life } = open();
  const reading = inbox.read((message) => handled.push(message), life.signal);
  for (let index = 0; index < 50; index++) inbox.push(`${index}`);
  await settle();
  assertEquals(handled.length, 32); // the first row begins the measure
  await clock.advance(1);
  assertEquals(handled.length, 50);
  handled.length = 0;
  for (let index = 0; index < 50; index++) {
    await clock.advance(60);
    inbox.push(`${index}`);
    await settle();
    assertEquals(handled.length, index + 1);
  }
  assertEquals(clock.pending, 0);
  life.abort();
  await reading;
});

test("inbox: beyond its bounds frames find no room, text finds twice as much, and clear makes room", async () => {
  const { inbox } = open();
  const frame = new Uint8Array(200);
  let taken = 0;
  while (inbox.push(frame)) taken++;
  assertEquals(taken, 4_096);
  while (inbox.push("text")) taken++;
  assertEquals(taken, 8_192);
  inbox.clear();
  assertEquals(
    [inbox.push(new Uint8Array(1_048_576)), inbox.push(frame), inbox.push("x".repeat(1_048_576))],
    [
      true,
      false,
      true,
    ],
  );
  assertEquals(inbox.push("x"), false);
  await settle();
});

test("inbox: what a handler throws ends the reading, and an abort while it rests leaves no timer", async () => {
  const failing = open();
  const reading = failing.inbox.read(() => {
    throw new TypeError("no");
  }, failing.life.signal);
  failing.inbox.push("a");
  failing.inbox.push("b");
  await assertRejects(() => reading, TypeError);
  const resting = open();
  const read = resting.inbox.read((message) => resting.handled.push(message), resting.life.signal);
  for (let index = 0; index < 50; index++) resting.inbox.push(`${index}`);
  await settle();
  resting.life.abort();
  await read;
  assertEquals([resting.clock.pending, resting.handled.length], [0, 32]);
});
