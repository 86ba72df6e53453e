import { assert, assertEquals } from "@std/assert";
import type { Clock } from "../../../lib/lifecycle/mod.ts";
import { Inbox } from "../../../lib/session/ingest/inbox.ts";
import { InboxScheduler } from "../../../lib/session/ingest/inbox_scheduler.ts";
import fc from "../../support/fast_check.ts";
import { settle } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

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
  const rounds = new InboxScheduler(clock);
  const open = (packets: number, onHandled = () => {}) => {
    const inbox = new Inbox(rounds, () => {
      work(PACKET_MS);
      onHandled();
      // The runtime hands the next one over in a microtask of its own, as long as TCP holds any.
      if (--packets > 0) queueMicrotask(() => inbox.push("next", 0));
    });
    inbox.push("first", 0);
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

test("rounds: beside 50 with a backlog, messages that come one by one never wait for the backlog", async () => {
  const { clock, work, turn } = loop();
  const rounds = new InboxScheduler(clock);
  let flooded = 0;
  for (let device = 0; device < 50; device++) {
    const inbox = new Inbox(rounds, () => {
      work(PACKET_MS);
      flooded++;
    });
    for (let packet = 0; packet < 100; packet++) inbox.push("flood", 0);
  }
  let heard = 0;
  const honest = new Inbox(rounds, () => heard++);
  await settle();
  for (let packet = 1; flooded < 4_900; packet++) {
    const before = flooded;
    honest.push("speech", 0);
    await turn();
    assertEquals(heard, packet);
    assert(flooded > before, "and the backlog does not starve");
  }
  while (flooded < 5_000) await turn();
});

test("rounds: where the rest of the loop is slow, handling has half of the time, up to 50 ms", async () => {
  for (const [elsewhereMs, handledMs] of [[0, 8], [20, 20], [400, 50]] as const) {
    const { clock, work, turn, nowMs } = loop();
    const rounds = new InboxScheduler(clock);
    const inbox = new Inbox(rounds, () => work(1));
    for (let message = 0; message < 200; message++) inbox.push("x", 0);
    await settle();
    work(elsewhereMs);
    const beganMs = nowMs();
    await turn();
    assertEquals(nowMs() - beganMs, handledMs);
    rounds.close();
  }
});

test("rounds: messages keep their order, none is lost, and no backlog passes who waits twice", async () => {
  const arrivals = fc.array(fc.tuple(fc.nat(4), fc.integer({ min: 1, max: 6 })), { maxLength: 60 });
  await fc.assert(fc.asyncProperty(arrivals, async (bursts) => {
    const { clock, work, turn, pending } = loop();
    const rounds = new InboxScheduler(clock);
    const devices = Array.from(
      { length: 5 },
      () => ({ sent: 0, handled: 0, passedBy: new Map<number, number>() }),
    );
    const inboxes = devices.map((device, index) => {
      let backlog = false;
      return new Inbox(rounds, (message) => {
        assertEquals(message, String(device.handled++));
        work(1);
        device.passedBy.clear();
        for (const other of devices) {
          if (!backlog || other === device || other.sent === other.handled) continue;
          const times = (other.passedBy.get(index) ?? 0) + 1;
          other.passedBy.set(index, times);
          assert(times <= 1, `${index} was served ${times} times while ${devices.indexOf(other)} waited`);
        }
        backlog = device.sent > device.handled;
      });
    });
    for (const [index, count] of bursts) {
      const device = devices[index];
      for (let message = 0; device !== undefined && message < count; message++) {
        inboxes[index]?.push(String(device.sent++), 0);
      }
      await settle();
    }
    while (pending() > 0) await turn();
    assertEquals(devices.map(({ handled }) => handled), devices.map(({ sent }) => sent));
  }));
});

test("rounds: closed while they rest, they leave no timer, and nothing more is handled", async () => {
  const { clock, work, turn, pending } = loop();
  const rounds = new InboxScheduler(clock);
  let handled = 0;
  const inbox = new Inbox(rounds, () => {
    handled++;
    work(4);
  });
  for (let index = 0; index < 5; index++) inbox.push("x", 0);
  await settle();
  assertEquals([handled, pending()], [2, 1]);
  rounds.close();
  rounds.close();
  inbox.push("y", 0);
  await turn();
  assertEquals([handled, pending()], [2, 0]);
});
