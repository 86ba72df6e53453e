import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { raceSignal, withDeadline } from "../../lib/lifecycle/mod.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { countedSignal } from "../support/counted_signal.ts";
import { test } from "../support/test.ts";

const never = new Promise<never>(() => {});

test("a result in time is passed on, and no timer is left", async () => {
  const clock = new FakeClock();
  assertEquals(await withDeadline(Promise.resolve(1), 100, { what: "one", clock }), 1);
  const boom = new Error("boom");
  const error = await assertRejects(() => withDeadline(Promise.reject(boom), 100, { what: "one", clock }));
  assertStrictEquals(error, boom);
  await settle();
  assertEquals(clock.pending, 0);
});

test("the deadline rejects, and swallows what comes late", async () => {
  const clock = new FakeClock();
  const late = Promise.withResolvers<never>();
  const { signal, listeners } = countedSignal();
  const waiting = withDeadline(late.promise, 100, { what: "an answer", clock, signal });
  const rejected = assertRejects(() => waiting, EarshotError, "Cannot wait for an answer");
  await clock.advance(100);
  assertEquals((await rejected).code, "lifecycle.deadline");
  await settle();
  assertEquals(listeners(), 0);
  late.reject(new Error("late"));
  await settle();
});

test("an abort ends the wait at once and leaves neither timer nor listener", async () => {
  const clock = new FakeClock();
  const { controller, signal, listeners } = countedSignal();
  const waiting = withDeadline(never, 100, { what: "an answer", clock, signal });
  assertEquals(listeners(), 1);
  controller.abort();
  assertEquals((await assertRejects(() => waiting, EarshotError)).code, "canceled");
  await settle();
  assertEquals([clock.pending, listeners()], [0, 0]);
});

test("a signal that aborted before does so too, and its EarshotError is kept", async () => {
  const reason = new EarshotError("engine.crashed", "Cannot go on: the engine ended");
  const error = await assertRejects(() => raceSignal(never, AbortSignal.abort(reason)));
  assertStrictEquals(error, reason);
});

test("ten thousand waits on one signal leave no listener", async () => {
  const { signal, listeners } = countedSignal();
  for (let index = 0; index < 10_000; index++) await raceSignal(Promise.resolve(index), signal);
  await settle();
  assertEquals(listeners(), 0);
});
