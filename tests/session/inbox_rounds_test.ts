import { assert, assertEquals } from "@std/assert";
import type { Clock } from "../../lib/lifecycle/mod.ts";
import { Inbox } from "../../lib/session/inbox.ts";
import { InboxRounds } from "../../lib/session/inbox_rounds.ts";
import fc from "../support/fast_check.ts";
import { settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

/** A clock that only work moves on; what waits for the event loop runs when the test turns it. */
function loop() {
  let nowMs = 0;
  let waiting: (() => void)[] = [];
  const clock: Clock = {
    nowMs: () => nowMs,
    schedule: (_delayMs, callback) => {
      waiting.push(callback);
      return () => waiting = waiting.filter((other) => other !== callback);
    },
  };
  return {
    clock,
    work: (ms: number) => nowMs += ms,
    pending: () => waiting.length,
    nowMs: () => nowMs,
    async turn(): Promise<void> {
      for (const callback of waiting.splice(0)) callback();
      await settle();
    },
  };
}

/** What decoding 60 ms of sound takes, in ms. */
const PACKET_MS = 0.07;

test("rounds: while 50 devices flood, the event loop turns every 8 ms, and who has one message waits for one of each", async () => {
  const { clock, work, turn, nowMs } = loop();
  const rounds = new InboxRounds(clock);
  const open = (packets: number, onHandled = () => {}) => {
    const inbox = new Inbox(rounds, () => {
      work(PACKET_MS);
      onHandled();
      // The runtime hands the next one over in a microtask of its own, as long as TCP holds any.
      if (--packets > 0) queueMicrotask(() => inbox.push("next"));
    });
    inbox.push("first");
    return inbox;
  };
  let flooded = 0;
  for (let device = 0; device < 50; device++) open(1_000, () => flooded++);
  await settle();
  assert(nowMs() <= 8 + PACKET_MS, `the first turn took ${nowMs()} ms`);
  let heardAfter: number | undefined;
  const floodedBefore = flooded;
  open(1, () => heardAfter = flooded - floodedBefore);
  while (heardAfter === undefined) {
    const beganMs = nowMs();
    await turn();
    assert(nowMs() - beganMs <= 8 + PACKET_MS, `a turn took ${nowMs() - beganMs} ms`);
  }
  assert(heardAfter <= 50, `after ${heardAfter} messages of others`);
  while (flooded < 50_000) await turn();
});

test("rounds: messages keep their order, none is lost, and nobody who waits is passed twice", async () => {
  const arrivals = fc.array(fc.tuple(fc.nat(4), fc.integer({ min: 1, max: 6 })), { maxLength: 60 });
  await fc.assert(fc.asyncProperty(arrivals, async (bursts) => {
    const { clock, work, turn, pending } = loop();
    const rounds = new InboxRounds(clock);
    const sent: number[] = Array.from({ length: 5 }, () => 0);
    const handled: number[] = Array.from({ length: 5 }, () => 0);
    /** How often each was served since another one began to wait. */
    const passed = sent.map(() => sent.map(() => 0));
    const inboxes = sent.map((_, device) =>
      new Inbox(rounds, (message) => {
        assertEquals(message, String(handled[device]));
        handled[device] = (handled[device] ?? 0) + 1;
        work(1);
        passed[device]?.fill(0);
        for (const [other, counts] of passed.entries()) {
          const waits = (sent[other] ?? 0) > (handled[other] ?? 0);
          counts[device] = waits && other !== device ? (counts[device] ?? 0) + 1 : 0;
          assert((counts[device] ?? 0) <= 1, `${device} was served twice while ${other} waited`);
        }
      })
    );
    for (const [device, count] of bursts) {
      for (let index = 0; index < count; index++) {
        inboxes[device]?.push(String(sent[device]));
        sent[device] = (sent[device] ?? 0) + 1;
      }
      await settle();
    }
    while (pending() > 0) await turn();
    assertEquals(handled, sent);
  }));
});

test("rounds: closed while they rest, they leave no timer, and nothing more is handled", async () => {
  const { clock, work, turn, pending } = loop();
  const rounds = new InboxRounds(clock);
  let handled = 0;
  const inbox = new Inbox(rounds, () => {
    handled++;
    work(4);
  });
  for (let index = 0; index < 5; index++) inbox.push("x");
  await settle();
  assertEquals([handled, pending()], [2, 1]);
  rounds.close();
  rounds.close();
  inbox.push("y");
  await turn();
  assertEquals([handled, pending()], [2, 0]);
});
