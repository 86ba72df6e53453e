import { assert, assertEquals, assertLess, assertStrictEquals, assertThrows } from "@std/assert";
import { delay } from "@std/async";
import { EarshotError } from "../../lib/errors/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const never = () => new Promise<never>(() => {});

test("closing aborts, then closes the children, then releases own resources", async () => {
  const order: string[] = [];
  const scope = new Scope("session");
  const turn = scope.child("turn");
  scope.signal.addEventListener("abort", () => order.push("abort"));
  scope.own("socket", () => order.push("socket"));
  turn.own("slow", async () => {
    await delay(5);
    order.push("slow");
  });
  turn.own("quick", () => order.push("quick"));
  const report = await scope.close();
  assertEquals(order, ["abort", "quick", "slow", "socket"]);
  assertEquals({ total: report.total, ok: report.ok }, { total: 3, ok: 3 });
});

test("every kind of failure is kept apart and named by its path", async () => {
  const clock = new FakeClock();
  const scope = new Scope("session", { clock });
  const turn = scope.child("turn-3");
  const boom = new Error("boom");
  turn.own("throws", () => {
    throw boom;
  });
  turn.own("rejects", () => Promise.reject(boom));
  turn.own("hangs", never);
  scope.own("throwing thenable", () => ({
    then() {
      throw boom;
    },
  }));
  scope.own("throwing getter", () => ({
    get then() {
      throw boom;
    },
  }));
  scope.own("sync", () => 1);
  scope.own("async", () => Promise.resolve());
  scope.own("no thenable", () => ({}));
  const closing = scope.close();
  await clock.advance(2_000);
  const report = await closing;
  assertEquals(report.failed.map((failure) => failure.name).sort(), [
    "session/throwing getter",
    "session/throwing thenable",
    "session/turn-3/rejects",
    "session/turn-3/throws",
  ]);
  assert(report.failed.every((failure) => failure.error === boom));
  assertEquals(report.timedOut, ["session/turn-3/hangs"]);
  assertEquals([report.scope, report.total, report.ok, report.durationMs], ["session", 8, 3, 2_000]);
  assertEquals(scope.stats, { children: 0, resources: 0 });
  assertEquals(clock.pending, 0);
});

test(
  "a release is told of its deadline by its signal, and its late rejection is swallowed",
  async () => {
    const clock = new FakeClock();
    const scope = new Scope("scope", { clock });
    const late = Promise.withResolvers<void>();
    let reported: unknown;
    scope.own("hangs", (signal) => {
      signal.addEventListener("abort", () => reported = signal.reason);
      return late.promise;
    }, { deadlineMs: 100 });
    const closing = scope.close();
    await clock.advance(99);
    assertEquals(scope.state, "closing");
    await clock.advance(1);
    assertEquals((await closing).timedOut, ["scope/hangs"]);
    assert(reported instanceof EarshotError && reported.code === "lifecycle.deadline");
    late.reject(new Error("late"));
    await settle();
  },
);

test("equal releases take the time of about one", async () => {
  const count = 20;
  const eachMs = 50;
  let bestMs = Infinity;
  for (let attempt = 0; attempt < 3; attempt++) {
    const scope = new Scope("scope");
    for (let index = 0; index < count; index++) scope.own(`resource-${index}`, () => delay(eachMs));
    const report = await scope.close();
    assertEquals(report.ok, count);
    bestMs = Math.min(bestMs, report.durationMs);
  }
  assertLess(bestMs, count * eachMs / (0.5 * count));
});

test(
  "closing is bounded as a whole, and own resources keep their time after children that hang",
  async () => {
    const clock = new FakeClock();
    const scope = new Scope("session", { clock, resourceDeadlineMs: 2_000, closeDeadlineMs: 5_000 });
    const turn = scope.child("turn", { resourceDeadlineMs: 60_000, closeDeadlineMs: 60_000 });
    turn.child("deep").own("hangs", never);
    let goodbye = false;
    turn.own("sync", () => goodbye = true);
    scope.own("slow", () => new Promise<void>((resolve) => void clock.schedule(1_900, resolve)));
    scope.own("hangs too", never, { deadlineMs: 60_000 });
    const closing = scope.close();
    await clock.advance(4_999);
    assertEquals(scope.state, "closing");
    await clock.advance(1);
    const report = await closing;
    assertEquals(report.timedOut, ["session/turn/deep/hangs", "session/hangs too"]);
    assertEquals([report.ok, report.durationMs, goodbye], [2, 5_000, true]);
    assertEquals(clock.pending, 0);
  },
);

test("a child that closes already is joined, and abandoned when the parent's time is up", async () => {
  const clock = new FakeClock();
  const scope = new Scope("session", { clock, closeDeadlineMs: 1_000 });
  const turn = scope.child("turn", { resourceDeadlineMs: 60_000, closeDeadlineMs: 60_000 });
  turn.own("hangs", never);
  const first = turn.close();
  const closing = scope.close();
  await clock.advance(500);
  assertEquals((await first).timedOut, ["turn/hangs"]);
  assertEquals((await closing).timedOut, ["session/turn/hangs"]);
});

test("closing twice, and from within, gives the same promise", async () => {
  const scope = new Scope("scope");
  const seen: unknown[] = [];
  scope.signal.addEventListener("abort", () => seen.push(scope.close()));
  scope.own("sync", () => void seen.push(scope.close()));
  scope.child("child").own("asks the parent", () => void seen.push(scope.close()));
  const closing = scope.close();
  seen.push(scope.close(), scope.closed);
  const report = await closing;
  assertEquals(seen.length, 5);
  for (const promise of seen) assertStrictEquals(promise, closing);
  assertEquals([report.total, report.ok], [2, 2]);
  assertStrictEquals(await scope.close(), report);
});

test("a listener that throws does not end the process and is reported", async () => {
  const scope = new Scope("session");
  const other = new Scope("other");
  const boom = new Error("boom");
  const throws = () => {
    throw boom;
  };
  scope.signal.addEventListener("abort", () => other.close());
  scope.signal.addEventListener("abort", throws);
  other.signal.addEventListener("abort", throws);
  scope.own("socket", () => {});
  const report = await scope.close();
  assertEquals(report.failed, [{ name: "session/abort listener", error: boom }]);
  assertEquals(report.ok, 1);
  assertEquals((await other.closed).failed, [{ name: "other/abort listener", error: boom }]);
});

test("ten thousand children that open and close leave nothing behind", async () => {
  const scope = new Scope("server");
  for (let index = 0; index < 10_000; index++) {
    const child = scope.child("session");
    child.own("socket", () => {});
    await child.close();
  }
  assertEquals(scope.stats, { children: 0, resources: 0 });
  assertEquals((await scope.close()).total, 0);
});

test("counts are deep", async () => {
  const scope = new Scope("server");
  const session = scope.child("session");
  session.own("socket", () => {});
  const turn = session.child("turn");
  turn.own("stream", () => Promise.reject(new Error("boom")));
  assertEquals(scope.stats, { children: 2, resources: 2 });
  await turn.close();
  assertEquals(scope.stats, { children: 1, resources: 1 });
  await scope.close();
  assertEquals(scope.stats, { children: 0, resources: 0 });
});

test("a scope that is not open releases at once what it is given, and says so", async () => {
  const clock = new FakeClock();
  const reported: string[] = [];
  const scope = new Scope("scope", { clock, onError: (name) => reported.push(name) });
  scope.own("slow", never);
  const closing = scope.close();
  let released = 0;
  const late = () => void released++;
  assertClosed(() => scope.own("late", late));
  assertClosed(() => scope.own("late and hanging", never));
  assertClosed(() => scope.child("child"));
  assertClosed(() => scope.run("task", () => Promise.reject(new Error("never started"))));
  await clock.advance(2_000);
  const report = await closing;
  assertEquals(report.timedOut.toSorted(), ["scope/late and hanging", "scope/slow"]);
  assertEquals([report.total, report.ok], [3, 1]);
  assertClosed(() => scope.own("later", late));
  assertClosed(() => scope.own("later and hanging", never));
  assertEquals(released, 2);
  await clock.advance(2_000);
  assertEquals(reported, ["scope/later and hanging"]);
  assertEquals(scope.stats.resources, 0);
});

test("a background task is told to stop and waited for", async () => {
  const scope = new Scope("scope");
  let stopped = false;
  scope.run("poll", async (signal) => {
    await delay(60_000, { signal }).catch(() => {});
    stopped = true;
  });
  scope.run("obeys by throwing", (signal) => delay(60_000, { signal }));
  scope.run("ends", () => Promise.resolve());
  await settle();
  assertEquals(scope.stats.resources, 2);
  const report = await scope.close();
  assertEquals([report.total, report.ok, stopped], [2, 2, true]);
});

test("a background task is told to stop before the children have closed", async () => {
  const clock = new FakeClock();
  const scope = new Scope("scope", { clock });
  scope.child("child").own("hangs", never);
  let stopped = false;
  scope.run("task", async (signal) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    stopped = true;
  });
  const closing = scope.close();
  await settle();
  assert(stopped);
  await clock.advance(2_000);
  assertEquals((await closing).ok, 1);
});

test("a background task that fails is reported; one that hangs is abandoned", async () => {
  const clock = new FakeClock();
  const reported: string[] = [];
  const scope = new Scope("scope", {
    clock,
    onError: (name) => {
      reported.push(name);
      throw new Error("a reporter that fails");
    },
  });
  scope.run("rejects", () => Promise.reject(new Error("boom")));
  scope.run("throws", () => {
    throw new Error("boom");
  });
  scope.run("hangs", never);
  await settle();
  assertEquals(reported.toSorted(), ["scope/rejects", "scope/throws"]);
  assertEquals(scope.stats, { children: 0, resources: 1 });
  const closing = scope.close();
  await clock.advance(2_000);
  assertEquals((await closing).timedOut, ["scope/hangs"]);
});

test("children take over options, and the reason reaches every signal", async () => {
  const clock = new FakeClock();
  const scope = new Scope("scope", { clock, resourceDeadlineMs: 10 });
  const child = scope.child("child");
  child.own("hangs", never);
  const reason = new Error("shutdown");
  const closing = scope.close(reason);
  assertStrictEquals(child.signal.reason, reason);
  await clock.advance(10);
  assertEquals((await closing).timedOut, ["scope/child/hangs"]);
  const other = new Scope("other");
  await other.close();
  assert(other.signal.reason instanceof EarshotError && other.signal.reason.code === "canceled");
});

test("a scope is released by await using", async () => {
  let released = false;
  {
    await using scope = new Scope("scope");
    scope.own("resource", () => void (released = true));
  }
  assert(released);
});

test("a report has a settled promise even when a release waits for its own scope", async () => {
  const clock = new FakeClock();
  const scope = new Scope("scope", { clock });
  scope.own("waits for itself", () => scope.close());
  const closing = scope.close();
  await clock.advance(2_000);
  assertEquals((await closing).timedOut, ["scope/waits for itself"]);
});

test("closing a scope with only synchronous resources takes no timer and is over on return", async () => {
  const clock = new FakeClock();
  const scope = new Scope("scope", { clock });
  for (let index = 0; index < 100; index++) scope.own("resource", () => {});
  const closing = scope.close();
  assertEquals([scope.state, clock.pending], ["closed", 0]);
  await closing;
});

function assertClosed(fn: () => unknown): void {
  assertEquals(assertThrows(fn, EarshotError).code, "lifecycle.scope_closed");
}
