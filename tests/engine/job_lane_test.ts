import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { JobLane } from "../../lib/engine/job_lane.ts";
import type { EngineJob } from "../../lib/engine/messages.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const DEADLINE_MS = 1_000;

function lane(options: { slots?: number; queueCapacity?: number } = {}) {
  const clock = new FakeClock();
  const sent: EngineJob[] = [];
  let id = 0;
  let overdue = 0;
  const givenUp: number[] = [];
  const jobs = new JobLane({
    slots: options.slots ?? 1,
    queueCapacity: options.queueCapacity ?? 2,
    nextId: () => ++id,
    onOverdue: () => overdue++,
    onGivenUp: (id) => givenUp.push(id),
    clock,
  });
  return {
    jobs,
    clock,
    sent,
    givenUp,
    overdue: () => overdue,
    open: () => jobs.open((job) => sent.push(job)),
    run: (signal?: AbortSignal) =>
      jobs.run((id) => ({ type: "warm", id }), { deadlineMs: DEADLINE_MS, signal }),
    /** A job of `flow` for so much sound. */
    hear: (flow: object, seconds: number, options: { signal?: AbortSignal; release?: boolean } = {}) =>
      jobs.run((id) => ({ type: "close_stream", id, streamId: seconds }), {
        deadlineMs: DEADLINE_MS,
        flow,
        costMs: seconds * 1_000,
        ...options,
      }),
    answer: (id: number) => jobs.answer({ type: "warmed", id }),
  };
}

async function codeOf(job: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => job, EarshotError)).code;
}

test("no more jobs than slots are with the engine, the others follow in their order", async () => {
  const { open, run, answer, sent } = lane({ slots: 2, queueCapacity: 5 });
  open();
  const jobs = [run(), run(), run()];
  assertEquals(sent.length, 2);
  answer(2);
  assertEquals(sent.map((job) => job.id), [1, 2, 3]);
  answer(1);
  answer(3);
  assertEquals((await Promise.all(jobs)).map(({ id }) => id), [1, 2, 3]);
});

test("a job that is only useful now is refused when it would have to wait, and not counted", async () => {
  const { open, run, answer, jobs } = lane();
  const ifFree = () => jobs.run((id) => ({ type: "warm", id }), { deadlineMs: DEADLINE_MS, ifFree: true });
  assertEquals(await codeOf(ifFree()), "engine.busy");
  open();
  const job = ifFree();
  assertEquals(await codeOf(ifFree()), "engine.busy");
  const waiting = run();
  answer(1);
  assertEquals(await codeOf(ifFree()), "engine.busy");
  answer(2);
  await Promise.all([job, waiting]);
  assertEquals(jobs.stats, { queued: 0, running: 0, done: 2, failed: 0, refused: 0, displaced: 0 });
});

test("a full queue refuses the next job and counts it", async () => {
  const { open, run, answer, jobs } = lane({ queueCapacity: 1 });
  open();
  const kept = [run(), run()];
  assertEquals(await codeOf(run()), "engine.busy");
  assertEquals(jobs.stats, { queued: 1, running: 1, done: 0, failed: 0, refused: 1, displaced: 0 });
  answer(1);
  answer(2);
  await Promise.all(kept);
});

test("a job that is given up while it waits never reaches the engine", async () => {
  const { open, run, answer, sent } = lane();
  open();
  const first = run();
  const giveUp = new AbortController();
  const second = run(giveUp.signal);
  giveUp.abort();
  assertEquals(await codeOf(second), "canceled");
  answer(1);
  await first;
  assertEquals(sent.length, 1);
});

test("a job that is given up while the engine has it keeps its slot until it is answered, and the engine may know", async () => {
  const { open, run, answer, sent, givenUp, clock } = lane();
  open();
  const giveUp = new AbortController();
  const first = run(giveUp.signal);
  const second = run();
  giveUp.abort();
  assertEquals(await codeOf(first), "canceled");
  assertEquals([sent.length, givenUp], [1, [1]]);
  answer(1);
  const waits = new AbortController();
  const third = run(waits.signal);
  waits.abort();
  assertEquals(await codeOf(third), "canceled");
  answer(2);
  await second;
  // What never reached the engine is nothing to it.
  assertEquals([givenUp, clock.pending], [[1], 0]);
});

test("a job past its deadline fails and reports that the engine hangs; waiting does not count", async () => {
  const { open, run, answer, clock, overdue } = lane();
  const job = run();
  await clock.advance(10 * DEADLINE_MS);
  open();
  await clock.advance(DEADLINE_MS - 1);
  assertEquals(overdue(), 0);
  await clock.advance(1);
  assertEquals(overdue(), 1);
  assertEquals(await codeOf(job), "engine.timeout");
  assertEquals(answer(1), false);
});

test("when the engine is lost, what it had fails and what waited goes to the next one", async () => {
  const { open, run, answer, jobs, sent, clock } = lane();
  open();
  const held = run();
  const waiting = run();
  jobs.pause(new EarshotError("engine.crashed", "gone"));
  assertEquals(await codeOf(held), "engine.crashed");
  assertEquals(sent.length, 1);
  open();
  answer(2);
  assertEquals((await waiting).id, 2);
  assertEquals(clock.pending, 0);
});

test("a shut lane refuses what waits and what comes, until it is opened", async () => {
  const { open, run, answer, jobs } = lane();
  const waiting = run();
  jobs.shut(new EarshotError("engine.unavailable", "down"));
  assertEquals(await codeOf(waiting), "engine.unavailable");
  assertEquals(await codeOf(run()), "engine.unavailable");
  assertEquals(jobs.stats.refused, 2);
  open();
  const job = run();
  answer(1);
  await job;
});

test("a failed answer, and a job that cannot be sent, fail that job alone", async () => {
  const { jobs, open, run, answer } = lane();
  open();
  const failed = run();
  jobs.answer({ type: "failed", id: 1, message: "no model" });
  assertEquals(await codeOf(failed), "engine.job_failed");
  const unsendable = jobs.run(() => {
    throw new EarshotError("internal", "too large");
  }, { deadlineMs: DEADLINE_MS });
  assertEquals(await codeOf(unsendable), "engine.job_failed");
  const next = run();
  answer(3);
  await next;
  await settle();
  assertEquals(jobs.stats, { queued: 0, running: 0, done: 1, failed: 2, refused: 0, displaced: 0 });
});

test("an answer that is only read some turns of the loop after the deadline is no hang", async () => {
  const { open, run, answer, clock, overdue } = lane();
  open();
  const after = (turns: number) => turns === 0 ? answer(1) : clock.schedule(0, () => after(turns - 1));
  clock.schedule(DEADLINE_MS, () => after(5));
  const job = run();
  await clock.advance(DEADLINE_MS);
  assertEquals([(await job).type, overdue()], ["warmed", 0]);
});

/** How much sound the jobs that were sent were for, in s. */
function secondsOf(sent: readonly EngineJob[]): number[] {
  return sent.map((job) => job.type === "close_stream" ? job.streamId : NaN);
}

test("beside 50 devices that have sent a minute at once, a word waits for the job under way alone", async () => {
  const { open, hear, answer, sent, jobs } = lane({ queueCapacity: 64 });
  open();
  const floods = Array.from({ length: 50 }, () => ({}));
  const minutes = floods.flatMap((flood) => [hear(flood, 20), hear(flood, 19)]);
  const speaker = {};
  const word = hear(speaker, 1);
  assertEquals(jobs.stats.queued, 64);
  answer(1);
  assertEquals(secondsOf(sent), [20, 1]);
  answer(2);
  assertEquals((await word).id, 2);
  // What had to go is the second piece of those that had sent two, and it is counted.
  const codes = await Promise.all(
    minutes.map((job) => Promise.race([job.then(() => "done", codeIn), soon()])),
  );
  assertEquals(codes.filter((code) => code === "engine.busy").length, 100 - 1 - 63);
  assert(
    codes.every((code, index) => code !== "engine.busy" || index % 2 === 1),
    "everybody is heard once first",
  );
  const { refused, displaced } = jobs.stats;
  assertEquals([refused + displaced, displaced], [36, 18]);
  for (let id = 3; jobs.stats.running > 0; id++) answer(id);
  await Promise.allSettled(minutes);
  assertEquals(secondsOf(sent).slice(2, 51), Array.from({ length: 49 }, () => 20));
});

test("one device cannot take the queue: its newest job makes room for who has none there", async () => {
  const { open, hear, answer, jobs, sent } = lane({ queueCapacity: 2 });
  open();
  const [flood, speaker] = [{}, {}];
  const taken = [hear(flood, 10), hear(flood, 11), hear(flood, 12)];
  assertEquals(await codeOf(hear(flood, 13)), "engine.busy");
  const word = hear(speaker, 2);
  assertEquals(await codeOf(taken[2] ?? word), "engine.busy");
  assertEquals(jobs.stats, { queued: 2, running: 1, done: 0, failed: 0, refused: 1, displaced: 1 });
  for (const id of [1, 2, 3]) answer(id);
  await Promise.all([taken[0], taken[1], word]);
  assertEquals(secondsOf(sent), [10, 2, 11]);
});

test("what is given up costs its device nothing, and what releases something never has to go", async () => {
  const { open, hear, answer, jobs, sent, clock } = lane({ queueCapacity: 1 });
  open();
  const [one, two] = [{}, {}];
  const first = hear({}, 1);
  const giveUp = new AbortController();
  const givenUp = hear(one, 60, { signal: giveUp.signal });
  giveUp.abort();
  assertEquals(await codeOf(givenUp), "canceled");
  const [released, short] = [hear(one, 0, { release: true }), hear(one, 3)];
  assertEquals(await codeOf(hear(two, 4)), "engine.busy");
  jobs.pause(new EarshotError("engine.crashed", "gone"));
  assertEquals(await codeOf(first), "engine.crashed");
  open();
  for (const id of [2, 3]) answer(id);
  await Promise.all([released, short]);
  assertEquals([secondsOf(sent), clock.pending], [[1, 0, 3], 0]);
});

function codeIn(thrown: unknown): string {
  return EarshotError.from(thrown).code;
}

/** Later than what has been settled. */
async function soon(): Promise<string> {
  await settle();
  return "waits";
}
