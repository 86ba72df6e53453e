import { delay } from "@std/async";
import { assert, assertEquals } from "@std/assert";
import { SharedTimer } from "../../lib/lifecycle/shared_timer.ts";
import { test } from "../support/test.ts";

test("waits end in the order in which they are due, whatever the order in which they began", async () => {
  const timer = new SharedTimer();
  const order: string[] = [];
  timer.schedule(30, () => order.push("late"));
  timer.schedule(0, () => order.push("at once"));
  timer.schedule(15, () => order.push("soon"));
  timer.schedule(15, () => order.push("then"));
  await delay(60);
  assertEquals(order, ["at once", "soon", "then", "late"]);
  assertEquals(timer.size, 0);
});

test("no wait ends before its time", async () => {
  const timer = new SharedTimer();
  const earlyMs: number[] = [];
  await Promise.all(Array.from({ length: 200 }, (_, index) => {
    const dueMs = performance.now() + index / 7;
    return new Promise<void>((resolve) =>
      timer.schedule(index / 7, () => {
        earlyMs.push(dueMs - performance.now());
        resolve();
      })
    );
  }));
  assert(Math.max(...earlyMs) <= 0, `by ${Math.max(...earlyMs)} ms`);
});

test("a cancelled wait does not end, and one may cancel another in its turn", async () => {
  const timer = new SharedTimer();
  const order: string[] = [];
  const cancel = timer.schedule(5, () => order.push("never"));
  cancel();
  cancel();
  timer.schedule(5, () => {
    order.push("first");
    cancelSecond();
  });
  const cancelSecond = timer.schedule(5, () => order.push("second"));
  await delay(30);
  assertEquals(order, ["first"]);
});

test("what is scheduled by a wait has its turn after the event loop's", async () => {
  const timer = new SharedTimer();
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  timer.schedule(0, () => {
    setTimeout(() => order.push("event loop"), 0);
    timer.schedule(0, () => {
      order.push("next");
      resolve();
    });
  });
  await promise;
  await delay(5);
  assertEquals(order.toSorted(), ["event loop", "next"]);
});

test("a wait that throws is an uncaught error, and costs no other its turn", async () => {
  const timer = new SharedTimer();
  const uncaught: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    uncaught.push(event.error);
  };
  globalThis.addEventListener("error", onError);
  try {
    const error = new Error("of one");
    let others = 0;
    timer.schedule(1, () => {
      throw error;
    });
    timer.schedule(1, () => others++);
    timer.schedule(20, () => others++);
    await delay(50);
    assertEquals([uncaught, others], [[error], 2]);
  } finally {
    globalThis.removeEventListener("error", onError);
  }
});

test("cancelled waits are not kept until they would have been due", () => {
  const timer = new SharedTimer();
  const cancelLast = timer.schedule(60_000, () => {});
  for (let count = 0; count < 10_000; count++) timer.schedule(30_000, () => {})();
  assert(timer.size < 600, `${timer.size} are held`);
  cancelLast();
  assertEquals(timer.size, 0); // and no timer is left, or the sanitizer says so
});
