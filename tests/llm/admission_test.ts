import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { Admission, type AheadPlace, type Place } from "../../lib/llm/mod.ts";
import { RefusedFlows } from "../../lib/llm/refused_flows.ts";
import { countedSignal } from "../support/counted_signal.ts";
import fc from "../support/fast_check.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const NEVER = new AbortController().signal;

/** Places of a service, and in which order devices got them. */
class Rig {
  readonly clock = new FakeClock();
  readonly admission: Admission;
  /** What happened, in order: a device got a place, was refused, or gave its place up. */
  readonly log: string[] = [];
  readonly places = new Map<string, Place>();

  constructor({ maxConcurrent = 1, queue = 16 } = {}) {
    this.admission = new Admission({
      service: { family: "llm", name: "test" },
      clock: this.clock,
      maxConcurrent,
      queue,
      queueTimeoutMs: 8_000,
    });
  }

  async ask(flow: string, signal = NEVER): Promise<void> {
    this.admission.enter(flow, signal).then(
      (place) => {
        this.log.push(flow);
        this.places.set(flow, place);
      },
      (error) => this.log.push(`${flow} ${error.code}`),
    );
    await settle();
  }

  ahead(flow: string): AheadPlace | undefined {
    return this.admission.enterAhead(flow, () => this.log.push(`${flow} gave up`));
  }

  /** The device's answer was read to its end. */
  async done(flow: string): Promise<void> {
    this.places.get(flow)?.release();
    this.places.get(flow)?.release(); // the second one does nothing
    await settle();
  }
}

test("Admission: who finds no place waits for one, in the order in which they came", async () => {
  const rig = new Rig({ maxConcurrent: 2 });
  for (const flow of ["a", "b", "c", "d"]) await rig.ask(flow);
  assertEquals(rig.log, ["a", "b"]);
  assertEquals(rig.admission.stats, { active: 2, ahead: 0, waiting: 2, refused: 0 });
  await rig.done("b");
  await rig.done("a");
  assertEquals(rig.log, ["a", "b", "c", "d"]);
});

test("Admission: nobody waits longer than the deadline, and one too many is told at once", async () => {
  const rig = new Rig({ queue: 2 });
  for (const flow of ["a", "b", "c", "d"]) await rig.ask(flow);
  assertEquals(rig.log, ["a", "d llm.busy"]);
  await rig.clock.advance(7_999);
  assertEquals(rig.log.length, 2);
  await rig.clock.advance(1);
  assertEquals(rig.log, ["a", "d llm.busy", "b llm.busy", "c llm.busy"]);
  assertEquals(rig.admission.stats, { active: 1, ahead: 0, waiting: 0, refused: 3 });
  assertEquals(rig.clock.pending, 0);
});

test("Admission: without a queue one too many is told at once", async () => {
  const rig = new Rig({ queue: 0 });
  await rig.ask("a");
  await rig.ask("b");
  assertEquals(rig.log, ["a", "b llm.busy"]);
});

test("Admission: a device that was refused goes first with its next question, the longest refused before others", async () => {
  const rig = new Rig({ queue: 2 });
  for (const flow of ["a", "b", "c", "d", "e"]) await rig.ask(flow);
  assertEquals(rig.log, ["a", "d llm.busy", "e llm.busy"]);
  await rig.ask("e"); // takes the place of the last one in the queue, who is told
  await rig.ask("d"); // refused before e, so it is served before it
  assertEquals(rig.log.slice(3), ["c llm.busy", "b llm.busy"]);
  await rig.done("a");
  await rig.done("d");
  await rig.ask("f");
  await rig.ask("c");
  await rig.done("e");
  await rig.ask("d"); // was served: one of many again
  await rig.done("c");
  await rig.done("f");
  assertEquals(rig.log.slice(5), ["d", "e", "c", "f", "d"]);
});

test("Admission: that a device was refused is forgotten after five minutes, or when another service has answered it", async () => {
  for (const forgotten of [false, true]) {
    const rig = new Rig({ queue: 1 });
    for (const flow of ["a", "b", "c"]) await rig.ask(flow);
    await rig.done("a");
    if (forgotten) rig.admission.forget("c");
    else await rig.clock.advance(300_000);
    await rig.ask("d");
    await rig.ask("c");
    assertEquals(rig.log, ["a", "c llm.busy", "b", "c llm.busy"]);
  }
});

test("RefusedFlows: a thousand are remembered, and the one that was refused longest ago is forgotten first", () => {
  const flows = new RefusedFlows(new FakeClock());
  for (let index = 0; index < 1_000; index++) flows.add(`${index}`, index);
  flows.add("0", 1_000);
  flows.add("new", 1_001);
  assertEquals(flows.size, 1_000);
  assertEquals([flows.get("0"), flows.get("1"), flows.get("2"), flows.get("new")], [0, undefined, 2, 1_001]);
});

test("Admission: a device has one request at a time, and one that waits; a third is told, and gains nothing by it", async () => {
  const rig = new Rig({ maxConcurrent: 3, queue: 2 });
  await rig.ask("a");
  await rig.ask("a");
  assertEquals(rig.admission.stats.active, 1);
  await rig.ask("a");
  assertEquals(rig.log, ["a", "a llm.busy"]);
  await rig.ask("b");
  await rig.ask("c");
  await rig.ask("d");
  assertEquals(rig.log, ["a", "a llm.busy", "b", "c"]);
  await rig.done("a"); // d has waited, and a was just served
  assertEquals(rig.log.slice(4), ["d"]);
  await rig.done("b");
  assertEquals(rig.log.slice(4), ["d", "a"]);
});

test("Admission: a device whose first question is being answered is not put before others by a refusal of its second", async () => {
  const rig = new Rig({ queue: 1 });
  await rig.ask("a");
  await rig.ask("a");
  await rig.clock.advance(8_000);
  assertEquals(rig.log, ["a", "a llm.busy"]);
  await rig.ask("b");
  await rig.ask("a");
  assertEquals(rig.log.slice(2), ["a llm.busy"]);
});

test("Admission: a question that is given up leaves the queue, and its signal", async () => {
  const rig = new Rig();
  const { controller, signal, listeners } = countedSignal();
  await rig.ask("a");
  await rig.ask("b", signal);
  await rig.ask("c");
  controller.abort();
  await settle();
  await rig.ask("b", signal);
  assertEquals(rig.log, ["a", "b canceled", "b canceled"]);
  assertEquals(listeners(), 0);
  await rig.done("a");
  assertEquals(rig.log.at(-1), "c");
  assertEquals(rig.clock.pending, 0);
});

test("Admission: ahead of time only a free place is taken, never waited for, and given up to a real request", async () => {
  const rig = new Rig({ maxConcurrent: 2 });
  assert(rig.ahead("a") !== undefined);
  assert(rig.ahead("b") !== undefined);
  assertEquals(rig.ahead("c"), undefined);
  assertEquals(rig.admission.stats, { active: 2, ahead: 2, waiting: 0, refused: 0 });
  await rig.ask("d"); // the newest loses the least
  assertEquals(rig.log, ["b gave up", "d"]);
  await rig.ask("e");
  await rig.ask("f");
  assertEquals(rig.log, ["b gave up", "d", "a gave up", "e"]);
  assertEquals(rig.admission.stats, { active: 2, ahead: 0, waiting: 1, refused: 0 });
  assertEquals(rig.ahead("g"), undefined);
});

test("Admission: a real request takes the place of its own device's request ahead of time before any other", async () => {
  const rig = new Rig({ maxConcurrent: 2 });
  rig.ahead("a");
  rig.ahead("b");
  await rig.ask("a");
  assertEquals(rig.log, ["a gave up", "a"]);
  assertEquals(rig.ahead("a"), undefined, "it is being answered");
});

test("Admission: of each device there is one request ahead of time, the newest", () => {
  const rig = new Rig({ maxConcurrent: 2 });
  const first = rig.ahead("a");
  const second = rig.ahead("a");
  assertEquals(rig.log, ["a gave up"]);
  assertEquals(rig.admission.stats.active, 1);
  first?.release();
  assertEquals([first?.promote(), rig.admission.stats.active], [false, 1]);
  second?.release();
  assertEquals(rig.admission.stats.active, 0);
});

test("Admission: a request ahead of time that is used keeps its place as a real one", async () => {
  const rig = new Rig();
  const place = rig.ahead("a");
  assertEquals(place?.promote(), true);
  await rig.ask("b");
  assertEquals(rig.admission.stats, { active: 1, ahead: 0, waiting: 1, refused: 0 });
  place?.release();
  await settle();
  assertEquals(rig.log, ["b"]);
  assertEquals(place?.promote(), false);
});

test("Admission: a request ahead of time cannot be used while its device has another, and is given up", async () => {
  const rig = new Rig({ maxConcurrent: 2 });
  const place = rig.ahead("a");
  await rig.ask("a");
  assertEquals(place?.promote(), false);
  assertEquals(rig.admission.stats.active, 1);
});

test("Admission: 100 devices ask at once with 4 places: each is served or told, and who was told goes first next time", async () => {
  const rig = new Rig({ maxConcurrent: 4 });
  const devices = Array.from({ length: 100 }, (_, index) => `device ${index}`);
  const served: string[] = [];
  let waiting = [...devices];
  let rounds = 0;
  // Whoever was told asks again at once; each answer takes a second.
  for (; waiting.length > 0; rounds++) {
    const from = rig.log.length;
    for (const device of waiting) await rig.ask(device);
    for (let second = 0; second < 10; second++) {
      await rig.clock.advance(1_000);
      for (const device of [...rig.places.keys()]) {
        await rig.done(device);
        rig.places.delete(device);
        served.push(device);
      }
    }
    const told = rig.log.slice(from).filter((line) => line.endsWith(" llm.busy"));
    assertEquals(rig.admission.stats.waiting, 0);
    waiting = told.map((line) => line.replace(" llm.busy", ""));
    assertEquals(new Set([...served, ...waiting]).size, 100, "none is silent");
  }
  assertEquals(served.toSorted(), devices.toSorted(), "each was served once");
  assertEquals(rounds, 5, "20 a round");
});

test("Admission: whatever happens, places and queue stay within their bounds, and every one is settled and returned", async () => {
  const flow = fc.integer({ min: 0, max: 6 }).map((index) => `d${index}`);
  const step = fc.oneof(
    fc.record({ type: fc.constant("ask" as const), flow }),
    fc.record({ type: fc.constant("ahead" as const), flow }),
    fc.record({ type: fc.constant("promote" as const), at: fc.nat(20) }),
    fc.record({ type: fc.constant("release" as const), at: fc.nat(20) }),
    fc.record({ type: fc.constant("cancel" as const), at: fc.nat(20) }),
    fc.record({ type: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 9_000 }) }),
  );
  const bounds = fc.record({ maxConcurrent: fc.integer({ min: 1, max: 3 }), queue: fc.nat(3) });
  await fc.assert(
    fc.asyncProperty(bounds, fc.array(step, { maxLength: 60 }), async ({ maxConcurrent, queue }, steps) => {
      const clock = new FakeClock();
      const admission = new Admission({
        service: { family: "llm", name: "test" },
        clock,
        maxConcurrent,
        queue,
        queueTimeoutMs: 8_000,
      });
      const held = new Map<Place, string>();
      const aheads = new Map<AheadPlace, string>();
      const pending = new Map<AbortController, number>();
      const settledMs: number[] = [];
      const check = () => {
        const { active, ahead, waiting } = admission.stats;
        assertEquals(active, held.size + aheads.size);
        assertEquals(ahead, aheads.size);
        assert(active <= maxConcurrent && waiting <= queue && waiting === pending.size);
        assertEquals(new Set(held.values()).size, held.size, "one real request a device");
        const eligible = [...pending].length > 0 && held.size < maxConcurrent;
        // With a place left, only those wait whose device is being answered.
        if (eligible) assert(waiting <= new Set(held.values()).size);
      };
      for (const action of steps) {
        if (action.type === "ask") {
          const life = new AbortController();
          const cameMs = clock.nowMs();
          pending.set(life, cameMs);
          admission.enter(action.flow, life.signal).then(
            (place) => held.set(place, action.flow),
            (error) => assert(error instanceof EarshotError && ["llm.busy", "canceled"].includes(error.code)),
          ).finally(() => {
            pending.delete(life);
            settledMs.push(clock.nowMs() - cameMs);
          });
        } else if (action.type === "ahead") {
          const waited = admission.stats.waiting;
          const place: AheadPlace | undefined = admission.enterAhead(action.flow, () => {
            for (const known of aheads.keys()) if (known === place) aheads.delete(known);
          });
          if (place !== undefined) aheads.set(place, action.flow);
          assertEquals(admission.stats.waiting, waited, "it never waits");
        } else if (action.type === "promote") {
          const [place, flow] = [...aheads].at(action.at % Math.max(1, aheads.size)) ?? [];
          if (place !== undefined && flow !== undefined) {
            aheads.delete(place);
            if (place.promote()) held.set(place, flow);
          }
        } else if (action.type === "release") {
          const place = [...held.keys(), ...aheads.keys()].at(
            action.at % Math.max(1, held.size + aheads.size),
          );
          if (place !== undefined) {
            held.delete(place);
            for (const known of aheads.keys()) if (known === place) aheads.delete(known);
            place.release();
          }
        } else if (action.type === "cancel") {
          [...pending.keys()].at(action.at % Math.max(1, pending.size))?.abort();
        } else {
          await clock.advance(action.ms);
        }
        await settle();
        check();
      }
      // Everybody who waits is served, and then every place is free.
      for (let round = 0; admission.stats.active > 0; round++) {
        assert(round < 100);
        for (const place of [...held.keys(), ...aheads.keys()]) {
          held.delete(place);
          for (const known of aheads.keys()) if (known === place) aheads.delete(known);
          place.release();
        }
        await settle();
        check();
      }
      assertEquals([admission.stats.waiting, pending.size, clock.pending], [0, 0, 0]);
      assert(settledMs.every((ms) => ms <= 8_000));
    }),
    { numRuns: 300 },
  );
});

test("Admission: however often one device asks, another waits for as many answers as stood before it, at most", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 12 }),
      async (maxConcurrent, others) => {
        const rig = new Rig({ maxConcurrent });
        for (let index = 0; index < maxConcurrent; index++) await rig.ask(`greedy ${index}`);
        for (let index = 0; index < maxConcurrent; index++) await rig.ask(`greedy ${index}`);
        for (let index = 0; index < others; index++) await rig.ask(`other ${index}`);
        const from = rig.log.length;
        // A greedy device asks again as soon as it is answered.
        for (let answers = 0; answers < others; answers++) {
          const [flow = ""] = rig.places.keys();
          const place = rig.places.get(flow);
          rig.places.delete(flow);
          place?.release();
          await settle();
          if (flow.startsWith("greedy")) await rig.ask(flow);
        }
        const served = rig.log.slice(from).filter((line) => !line.includes("llm.busy"));
        assertEquals(served.slice(0, others), Array.from({ length: others }, (_, index) => `other ${index}`));
      },
    ),
    { numRuns: 50 },
  );
});

test("Admission: a refusal names the service and what was full", async () => {
  const rig = new Rig({ queue: 0 });
  await rig.ask("a");
  const error = await assertRejects(() => rig.admission.enter("b", NEVER), EarshotError);
  assertEquals(error.message, "Cannot answer with test: 1 answers are under way, and 0 wait");
});
