import { assert, assertEquals } from "@std/assert";
import { FairQueue } from "../../lib/lifecycle/mod.ts";
import fc from "../support/fast_check.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

test("who speaks in real time comes before those that are a minute ahead; without flows, who came first", async () => {
  const clock = new FakeClock();
  const queue = new FairQueue<string>({ clock, capacity: 10 });
  const [one, two, speaker] = [{}, {}, {}];
  for (const name of ["a", "b", "c"]) {
    queue.push(`one ${name}`, { flow: one, costMs: 20_000 });
    queue.push(`two ${name}`, { flow: two, costMs: 20_000 });
  }
  await clock.advance(5_000);
  queue.push("word", { flow: speaker, costMs: 1_000 });
  queue.push("plain");
  await clock.advance(20_000);
  queue.push("long speech", { flow: speaker, costMs: 10_000 });
  assertEquals(queue.clear(), [
    "plain",
    "word",
    "one a",
    "two a",
    "long speech",
    "one b",
    "two b",
    "one c",
    "two c",
  ]);
});

test("a flow that is known makes up for the time that it has not used, as far as its credit goes", async () => {
  const clock = new FakeClock();
  const queue = new FairQueue<string>({ clock, capacity: 10, creditMs: 20_000 });
  const [known, fresh] = [{}, {}];
  queue.push("first", { flow: known, costMs: 1_000 });
  assertEquals(queue.shift(), "first");
  await clock.advance(60_000);
  queue.push("of a new flow", { flow: fresh, costMs: 2_000 });
  queue.push("a long one that was just spoken", { flow: known, costMs: 20_000 });
  queue.push("and one more", { flow: known, costMs: 20_000 });
  assertEquals(queue.clear(), ["a long one that was just spoken", "of a new flow", "and one more"]);
});

test("the newest item of the flow that is furthest ahead has to go, never a kept one, and what went costs nothing", () => {
  const queue = new FairQueue<string>({ clock: new FakeClock(), capacity: 2 });
  const [flood, speaker] = [{}, {}];
  const push = (item: string, flow: object, options: { costMs?: number; kept?: boolean } = {}) => {
    queue.push(item, { flow, costMs: 10_000, ...options });
    return queue.displace();
  };
  assertEquals([push("a", flood), push("b", flood), push("c", flood)], [undefined, undefined, "c"]);
  assertEquals(push("kept", flood, { costMs: 0, kept: true }), undefined);
  assertEquals(push("word", speaker, { costMs: 500 }), "b");
  assertEquals(push("same", speaker), "same");
  assertEquals([queue.length, queue.remove("a"), queue.remove("a")], [3, true, false]);
  assertEquals(push("next", flood, { costMs: 100 }), undefined);
  assertEquals([queue.shift(), queue.shift(), queue.shift(), queue.shift()], [
    "word",
    "kept",
    "next",
    undefined,
  ]);
});

test("whatever comes, the bound holds, flows keep their order, nothing is lost unsaid, and nobody starves", async () => {
  const CAPACITY = 5;
  const CREDIT_MS = 30;
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        push: fc.nat(3),
        costMs: fc.oneof(fc.constant(0), fc.nat(100)),
        kept: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.constant("shift" as const) },
    { weight: 1, arbitrary: fc.record({ remove: fc.nat(50) }) },
    { weight: 1, arbitrary: fc.record({ advance: fc.nat(60) }) },
  );
  interface Item {
    readonly id: number;
    readonly flow: number;
    readonly kept: boolean;
    readonly pushedMs: number;
    /** The latest that it may be due: had its flow's clock gone on by all that ever came. */
    readonly latestDueMs: number;
  }
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
    const clock = new FakeClock();
    const queue = new FairQueue<Item>({ clock, capacity: CAPACITY, creditMs: CREDIT_MS });
    const flows = [{}, {}, {}, {}];
    const clocks = [0, 0, 0, 0];
    const waiting = new Set<Item>();
    let id = 0;
    const took = (item: Item | undefined) => {
      if (item === undefined) return assertEquals(waiting.size, 0);
      assert(waiting.delete(item), "it waited");
      for (const other of waiting) {
        assert(other.flow !== item.flow || other.id > item.id, "a flow keeps its order");
        assert(item.pushedMs <= other.latestDueMs + CREDIT_MS || other.id > item.id, "nobody starves");
      }
    };
    for (const step of steps) {
      if (step === "shift") took(queue.shift());
      else if ("advance" in step) await clock.advance(step.advance);
      else if ("remove" in step) {
        const item = [...waiting][step.remove];
        if (item === undefined) continue;
        assert(queue.remove(item) && waiting.delete(item));
      } else {
        const { push: flow, costMs, kept } = step;
        const latestDueMs = Math.max(clock.nowMs(), clocks[flow] ?? 0) + costMs;
        clocks[flow] = latestDueMs;
        const item = { id: id++, flow, kept, pushedMs: clock.nowMs(), latestDueMs };
        waiting.add(item);
        queue.push(item, { flow: flows[flow], costMs, kept });
        const displaced = queue.displace();
        const bounded = [...waiting].filter((one) => !one.kept);
        assertEquals(displaced !== undefined, bounded.length > CAPACITY);
        if (displaced === undefined) continue;
        assert(!displaced.kept && waiting.delete(displaced));
        assert(
          !bounded.some((one) => one.flow === displaced.flow && one.id > displaced.id),
          "the newest goes",
        );
      }
      assertEquals(queue.length, waiting.size);
    }
    const rest = queue.clear();
    for (const item of rest) took(item);
    assertEquals([waiting.size, queue.length, queue.shift()], [0, 0, undefined]);
  }));
});
