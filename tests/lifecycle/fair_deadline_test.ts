import { assertEquals } from "@std/assert";
import { type Clock, scheduleFairly, systemClock } from "../../lib/lifecycle/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

test("a deadline passes when its time is over, and not when it was canceled", async () => {
  const clock = new FakeClock();
  let passed = 0;
  scheduleFairly(clock, 100, () => passed++);
  const cancel = scheduleFairly(clock, 100, () => passed += 10);
  await clock.advance(99);
  assertEquals(passed, 0);
  cancel();
  cancel();
  await clock.advance(1);
  assertEquals([passed, clock.pending], [1, 0]);
});

test("what has arrived while the loop was busy is read before the deadline counts", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  using server = await listener.accept();
  const order: string[] = [];
  const read = client.read(new Uint8Array(1)).then(() => order.push("answer"));
  const late = new Promise<void>((resolve) => {
    scheduleFairly(systemClock, 20, () => {
      order.push("deadline");
      resolve();
    });
  });
  await server.write(Uint8Array.of(1));
  for (const untilMs = performance.now() + 60; performance.now() < untilMs;);
  await Promise.all([read, late]);
  assertEquals(order, ["answer", "deadline"]);
});

test("time in which the loop did not turn ends one part of the wait, not the wait", async () => {
  // A clock whose waits all end late by a second, as while devices flood.
  const clock = new FakeClock();
  let lateMs = 0;
  const late: Clock = {
    nowMs: () => clock.nowMs(),
    schedule: (delayMs, callback) => clock.schedule(delayMs + lateMs, callback),
  };
  let passed = 0;
  scheduleFairly(late, 2_000, () => passed++);
  await clock.advance(1_000);
  lateMs = 1_000;
  await clock.advance(2_000);
  lateMs = 0;
  assertEquals(passed, 0);
  await clock.advance(1_000);
  assertEquals([passed, clock.pending], [1, 0]);
});

test("a deadline that is never over, or over at once, or no whole number of ms", async () => {
  const clock = new FakeClock();
  const passed: string[] = [];
  const cancel = scheduleFairly(clock, Infinity, () => passed.push("never"));
  scheduleFairly(clock, 0, () => passed.push("at once"));
  scheduleFairly(clock, 0.5, () => passed.push("soon"));
  scheduleFairly(clock, 333.3, () => passed.push("later"));
  await clock.advance(0);
  assertEquals(passed, ["at once"]);
  await clock.advance(1);
  await clock.advance(333);
  assertEquals(passed, ["at once", "soon", "later"]);
  cancel();
  assertEquals(clock.pending, 0);
});
