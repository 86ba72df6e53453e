import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { EarshotError, type ErrorCode } from "../../lib/errors/mod.ts";
import { serveWorker, WorkerPool, type WorkerPoolOptions } from "../../lib/lifecycle/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { inTime } from "../support/until.ts";
import type { PoolRequest } from "./pool_worker.ts";

const living = new Set<Worker>();

/** A Worker that the tests count until it is ended. */
function spawn(): Worker {
  const worker = new Worker(new URL("./pool_worker.ts", import.meta.url), { type: "module" });
  living.add(worker);
  const terminate = worker.terminate.bind(worker);
  worker.terminate = () => {
    living.delete(worker);
    terminate();
  };
  return worker;
}

type TestPool = WorkerPool<PoolRequest, unknown>;

/** Runs a test with a pool and asserts that it ended all of its Workers. */
function poolTest(
  name: string,
  options: Partial<WorkerPoolOptions>,
  fn: (pool: TestPool) => Promise<void>,
): void {
  test(name, async () => {
    const pool: TestPool = new WorkerPool({
      name: "test",
      size: 1,
      queueCapacity: 8,
      spawn,
      jobDeadlineMs: 20_000,
      ...options,
    });
    try {
      await fn(pool);
    } finally {
      await pool.close().catch(() => {});
    }
    assertEquals(living.size, 0);
  });
}

async function assertCode(job: Promise<unknown>, code: ErrorCode): Promise<EarshotError> {
  const error = await assertRejects(() => job, EarshotError);
  assertEquals(error.code, code);
  return error;
}

poolTest(
  "jobs run in as many Workers as are needed, and answers find their callers",
  { size: 2 },
  async (pool) => {
    assertEquals(pool.stats.workers, 0);
    assertEquals(await pool.run({ do: "echo", text: "one" }), "one");
    assertEquals(await pool.run({ do: "echo", text: "two" }), "two");
    assertEquals(pool.stats, { workers: 1, died: 0 });
    const texts = ["a", "b", "c", "d"];
    const jobs = texts.map((text) => pool.run({ do: "echo", text }));
    assertEquals(pool.stats.workers, 2);
    assertEquals(await Promise.all(jobs), texts);
  },
);

poolTest("a job that cannot be sent fails, and its Worker takes the next", {}, async (pool) => {
  const unsendable = { do: "echo", text: "", callback: () => {} } as const;
  await assertCode(pool.run(unsendable), "internal");
  assertEquals(await pool.run({ do: "echo", text: "next" }), "next");
  assertEquals(pool.stats, { workers: 1, died: 0 });
});

poolTest("what the handler throws arrives by its code, and the Worker lives", {}, async (pool) => {
  await assertCode(pool.run({ do: "fail" }), "model.corrupt");
  await assertCode(pool.run({ do: "throw" }), "internal");
  await assertCode(pool.run({ do: "unclonable" }), "internal");
  assertEquals(await pool.run({ do: "echo", text: "still here" }), "still here");
  assertEquals(pool.stats.died, 0);
});

test("a Worker that crashes fails its job, is reported, and the next job gets another", async () => {
  const deaths: ErrorCode[] = [];
  const onWorkerDeath = (error: EarshotError) => deaths.push(error.code);
  const pool: TestPool = new WorkerPool({
    name: "test",
    size: 1,
    queueCapacity: 8,
    spawn,
    jobDeadlineMs: 20_000,
    onWorkerDeath,
  });
  const crashing = assertCode(pool.run({ do: "crash" }), "lifecycle.worker_died");
  const next = pool.run({ do: "echo", text: "next" });
  assert((await crashing).retryable);
  assertEquals(await next, "next");
  assertEquals([deaths, pool.stats.died, pool.stats.workers], [["lifecycle.worker_died"], 1, 1]);
  await pool.close();
  assertEquals(living.size, 0);
});

for (const way of ["hang", "vanish"] as const) {
  const clock = new FakeClock();
  poolTest(`the deadline finds a Worker that did ${way}`, { clock, jobDeadlineMs: 100 }, async (pool) => {
    const failed = assertCode(pool.run({ do: way }), "lifecycle.deadline");
    await clock.advance(100);
    assert((await failed).retryable);
    assertEquals([pool.stats.died, living.size], [1, 0]);
    assertEquals(await pool.run({ do: "echo", text: "next" }), "next");
  });
}

test("a full queue refuses, and a job that waits too long fails and spares the busy Worker", async () => {
  const clock = new FakeClock();
  const options = { name: "test", size: 1, queueCapacity: 1, spawn, jobDeadlineMs: 100, clock };
  const pool: TestPool = new WorkerPool(options);
  const hanging = assertCode(pool.run({ do: "hang" }), "lifecycle.deadline");
  await clock.advance(50);
  const served = pool.run({ do: "echo", text: "served" });
  await assertCode(pool.run({ do: "echo", text: "" }), "lifecycle.overflow");
  await clock.advance(50);
  await hanging;
  assertEquals(await served, "served");
  const again = assertCode(pool.run({ do: "hang" }), "lifecycle.scope_closed");
  const waiting = assertCode(pool.run({ do: "echo", text: "" }), "lifecycle.scope_closed");
  await pool.close().catch(() => {});
  await Promise.all([again, waiting]);
  assertEquals([pool.stats, clock.pending, living.size], [{ workers: 0, died: 1 }, 0, 0]);
});

poolTest("closing fails what waits and runs, and refuses what comes later", {}, async (pool) => {
  const jobs = [pool.run({ do: "hang" }), pool.run({ do: "hang" })];
  const failed = Promise.all(jobs.map((job) => assertCode(job, "lifecycle.scope_closed")));
  const closing = pool.close();
  assertEquals(pool.close(), closing);
  await failed;
  await closing;
  await assertCode(pool.run({ do: "hang" }), "lifecycle.scope_closed");
  assertEquals(living.size, 0);
});

poolTest(
  "a Worker that does not release in time is ended and told of",
  { releaseDeadlineMs: 50 },
  async (pool) => {
    await pool.run({ do: "hang on release" });
    await assertCode(pool.close(), "lifecycle.deadline");
  },
);

poolTest("the signal of close ends the wait for the Workers", { releaseDeadlineMs: 60_000 }, async (pool) => {
  await pool.run({ do: "hang on release" });
  await assertCode(inTime(pool.close(AbortSignal.timeout(50)), "the end of the wait"), "canceled");
});

const clock = new FakeClock();
poolTest("no timer is left by jobs that ended", { clock }, async (pool) => {
  await Promise.all([pool.run({ do: "echo", text: "" }), pool.run({ do: "echo", text: "" })]);
  await pool.close();
  assertEquals(clock.pending, 0);
});

test("a Worker that cannot be started fails the job", async () => {
  const spawn = () => {
    throw new TypeError("no such module");
  };
  const pool = new WorkerPool({ name: "test", size: 1, queueCapacity: 1, spawn, jobDeadlineMs: 100 });
  await assertCode(pool.run(0), "internal");
  await pool.close();
});

test("the Worker's side refuses the main thread", () => {
  assertThrows(() => serveWorker(() => 0, () => {}), TypeError, "not a Worker");
});

test("a Worker that is idle for long is ended, and a job that comes during that gets the next", async () => {
  const clock = new FakeClock();
  let spawned = 0;
  const pool: TestPool = new WorkerPool({
    name: "test",
    size: 1,
    queueCapacity: 8,
    spawn: () => {
      spawned++;
      return spawn();
    },
    jobDeadlineMs: 20_000,
    maxIdleMs: 1_000,
    clock,
  });
  await pool.run({ do: "echo", text: "one" });
  await clock.advance(999);
  await pool.run({ do: "echo", text: "two" });
  await clock.advance(999);
  assertEquals([pool.stats.workers, spawned], [1, 1]);
  await clock.advance(1);
  const texts = ["a", "b", "c"];
  const jobs = texts.map((text) => pool.run({ do: "echo", text }));
  assertEquals(pool.stats.workers, 1);
  assertEquals(await Promise.all(jobs), texts);
  assertEquals([pool.stats.workers, pool.stats.died, spawned], [1, 0, 2]);
  await clock.advance(1_000);
  await pool.close();
  assertEquals([pool.stats, clock.pending], [
    { workers: 0, died: 0 },
    0,
  ]);
  assertEquals(living.size, 0);
});

test("a Worker that is idle and does not free what it holds is ended by force, counted, and replaced", async () => {
  const clock = new FakeClock();
  const deaths: ErrorCode[] = [];
  const pool: TestPool = new WorkerPool({
    name: "test",
    size: 1,
    queueCapacity: 8,
    spawn,
    jobDeadlineMs: 20_000,
    maxIdleMs: 1_000,
    onWorkerDeath: ({ code }) => deaths.push(code),
    clock,
  });
  await pool.run({ do: "hang on release" });
  await clock.advance(1_000);
  await clock.advance(10_000);
  const job = pool.run({ do: "echo", text: "next" });
  await clock.advance(9_999);
  assertEquals(deaths, []);
  await clock.advance(1);
  assertEquals(deaths, ["lifecycle.deadline"]);
  assertEquals(await job, "next");
  await pool.close();
  assertEquals([clock.pending, living.size], [0, 0]);
});

poolTest("buffers of a job and of its answer are handed over", {}, async (pool) => {
  const bytes = Uint8Array.of(1, 2, 3);
  const answer = await pool.run({ do: "hand back", bytes }, { transfer: [bytes.buffer] });
  assertEquals([bytes.length, answer], [0, { bytes: Uint8Array.of(1, 2, 3), keptBytes: 0 }]);
  assertEquals(await pool.run({ do: "hand back", bytes: Uint8Array.of(4) }), {
    bytes: Uint8Array.of(4),
    keptBytes: 0, // the answer before has left the Worker
  });
});

poolTest("a notice is not answered, and is known to every job after it", { size: 2 }, async (pool) => {
  pool.notify({ do: "note", text: "for nobody" });
  assertEquals(pool.stats.workers, 0);
  await Promise.all([pool.run({ do: "notes" }), pool.run({ do: "notes" })]);
  pool.notify({ do: "note", text: "one" });
  pool.notify({ do: "note", text: "two" });
  const jobs = [pool.run({ do: "notes" }), pool.run({ do: "notes" })];
  assertEquals(await Promise.all(jobs), [["one", "two"], ["one", "two"]]);
});

poolTest("a notice that cannot be handled ends its Worker", {}, async (pool) => {
  await pool.run({ do: "notes" });
  pool.notify({ do: "fail" });
  await assertCode(pool.run({ do: "hang" }), "lifecycle.worker_died");
  assertEquals(await pool.run({ do: "echo", text: "next" }), "next");
});
