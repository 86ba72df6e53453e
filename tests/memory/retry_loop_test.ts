import { assertEquals } from "@std/assert";
import { type Progress, RetryLoop } from "../../lib/memory/retry_loop.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

/** A loop whose steps do what the test says next. */
function scripted(clock: FakeClock, outcomes: (Progress | "fail")[], idleMs?: number) {
  let steps = 0;
  const failures: unknown[] = [];
  const loop = new RetryLoop({
    step: () => {
      steps++;
      const outcome = outcomes.shift() ?? "idle";
      return outcome === "fail" ? Promise.reject(new Error("failed")) : Promise.resolve(outcome);
    },
    onFailed: (error) => failures.push(error),
    maxPauseMs: 1_000,
    ...(idleMs !== undefined && { idleMs: () => idleMs }),
    clock,
  });
  return { loop, failures, steps: () => steps };
}

test("it goes on while there is more, then rests until it is woken", async () => {
  const clock = new FakeClock();
  const { loop, steps } = scripted(clock, ["more", "more", "idle"]);
  await settle();
  assertEquals([steps(), clock.pending], [3, 0]);
  loop.wake();
  loop.wake();
  await settle();
  assertEquals(steps(), 4);
  await loop.stop();
  assertEquals(steps(), 5);
});

test("a wake during a step is not lost, whether the step fails or not", async () => {
  const gates = [Promise.withResolvers<Progress>(), Promise.withResolvers<Progress>()];
  let steps = 0;
  const clock = new FakeClock();
  const loop = new RetryLoop({
    step: () => gates[steps++]?.promise ?? Promise.resolve<Progress>("idle"),
    onFailed: () => {},
    maxPauseMs: 1_000,
    clock,
  });
  loop.wake();
  gates[0]?.resolve("idle");
  await settle();
  assertEquals(steps, 2);
  loop.wake();
  gates[1]?.reject(new Error("failed"));
  await clock.advance(249);
  assertEquals(steps, 2);
  await clock.advance(1);
  assertEquals(steps, 3);
  await loop.stop();
});

test("pauses double up to their bound, only what is urgent cuts them short, and success ends them", async () => {
  const clock = new FakeClock();
  const { loop, failures, steps } = scripted(clock, Array(6).fill("fail"));
  for (const pauseMs of [250, 500, 1_000, 1_000]) {
    const before = steps();
    loop.wake();
    await clock.advance(pauseMs - 1);
    assertEquals(steps(), before || 1);
    await clock.advance(1);
    assertEquals(steps(), (before || 1) + 1);
  }
  loop.wake({ urgent: true });
  await settle();
  assertEquals([steps(), failures.length], [6, 6]);
  await clock.advance(1_000);
  assertEquals([steps(), clock.pending], [7, 0]);
  await loop.stop();
});

test("an idle loop looks again after its time", async () => {
  const clock = new FakeClock();
  const { loop, steps } = scripted(clock, [], 60_000);
  await loop.started;
  await clock.advance(60_000);
  assertEquals(steps(), 2);
  await loop.stop();
  assertEquals(clock.pending, 0);
});

test("stopping works off what is left, and tries once more what fails", async () => {
  const clock = new FakeClock();
  const working = scripted(clock, ["idle", "more", "more", "idle"]);
  await settle();
  await working.loop.stop();
  assertEquals(working.steps(), 4);
  const failing = scripted(clock, ["fail", "fail", "more"]);
  await settle();
  await failing.loop.stop();
  assertEquals([failing.steps(), clock.pending], [2, 0]);
});
