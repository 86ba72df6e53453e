import { clearImmediate, setImmediate } from "node:timers";
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

test("a canceled wait does not end, and one may cancel another in its turn", async () => {
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

test("a wait that schedules itself again at once leaves the event loop its turn", async () => {
  const timer = new SharedTimer();
  let turns = 0;
  let over = false;
  const again = () => {
    if (!over && ++turns < 10_000) timer.schedule(-1, again);
  };
  timer.schedule(0, again);
  await delay(10);
  over = true;
  assert(turns < 10_000, "the event loop had no turn");
  await delay(10);
  assertEquals(timer.size, 0);
});

test("what the end of one wait leads to comes before the end of the next, however late both are", async () => {
  const timer = new SharedTimer();
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancelDeadline = timer.schedule(3, () => order.push("deadline"));
  timer.schedule(1, resolve);
  timer.schedule(2, () => order.push("other"));
  const work = (async () => {
    await promise;
    await Promise.resolve();
    order.push("done");
    cancelDeadline();
  })();
  const sinceMs = performance.now();
  while (performance.now() - sinceMs < 10); // the process is kept from its timers
  await work;
  await delay(10);
  assertEquals(order, ["done", "other"]);
  assertEquals(timer.size, 0);
});

test("waits that are due together do not wait for the event loop to turn between them", async () => {
  const timer = new SharedTimer();
  const { promise, resolve } = Promise.withResolvers<void>();
  let turns = 0;
  const count = () => {
    turns++;
    turn = setImmediate(count);
  };
  let turn = setImmediate(count);
  const turnsAt: number[] = [];
  for (let index = 0; index < 100; index++) {
    timer.schedule(1, () => {
      if (turnsAt.push(turns) === 100) resolve();
    });
  }
  const sinceMs = performance.now();
  while (performance.now() - sinceMs < 10); // until all are due
  await promise;
  clearImmediate(turn);
  assertEquals(new Set(turnsAt).size, 1);
});

test("a wait longer than a timer of the runtime can be neither ends early nor keeps the process busy", async () => {
  const timer = new SharedTimer();
  let ended = 0;
  const cancels = [2 ** 33, 1e15, Infinity].map((ms) => timer.schedule(ms, () => ended++));
  const { setTimeout } = globalThis;
  let begun = 0;
  globalThis.setTimeout = new Proxy(setTimeout, {
    apply: (target, self, args) => {
      begun++;
      return Reflect.apply(target, self, args);
    },
  });
  try {
    await delay(50);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  for (const cancel of cancels) cancel();
  assertEquals([ended, begun], [0, 1]); // the one of this test
});

test("a delay that is no number is none, and costs no other wait its turn", async () => {
  const timer = new SharedTimer();
  const order: string[] = [];
  timer.schedule(20, () => order.push("late"));
  timer.schedule(NaN, () => order.push("at once"));
  timer.schedule(10, () => order.push("soon"));
  await delay(60);
  assertEquals(order, ["at once", "soon", "late"]);
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

test("canceled waits are not kept until they would have been due", () => {
  const timer = new SharedTimer();
  const cancelLast = timer.schedule(60_000, () => {});
  for (let count = 0; count < 10_000; count++) timer.schedule(30_000, () => {})();
  assert(timer.size < 600, `${timer.size} are held`);
  cancelLast();
  assertEquals(timer.size, 0); // and no timer is left, or the sanitizer says so
});

test("long waits end together, at most 8 ms late", async () => {
  const timer = new SharedTimer();
  const lateMs: number[] = [];
  const ends = new Set<number>();
  await Promise.all(Array.from({ length: 400 }, (_, index) => {
    const dueMs = performance.now() + 260 + index / 10;
    return new Promise<void>((resolve) =>
      timer.schedule(dueMs - performance.now(), () => {
        lateMs.push(performance.now() - dueMs);
        ends.add(Math.floor(performance.now()));
        resolve();
      })
    );
  }));
  assert(Math.min(...lateMs) >= 0, `${Math.min(...lateMs)} ms early`);
  // 40 ms have six marks of 8 ms; a machine that is busy may spread one of them over some milliseconds.
  assert(ends.size < 20, `at ${ends.size} moments`);
});
