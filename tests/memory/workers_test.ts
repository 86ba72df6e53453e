import { assertEquals } from "@std/assert";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { dirTest, entry, keysIn, openMemory, untilFolded } from "./memory_harness.ts";
import { until } from "../support/until.ts";

const REST_MS = 30_000;
const FIRST_PRUNE_MS = 60_000;
const DAY_MS = 86_400_000;

function filesIn(dir: string): string[] {
  return Array.from(Deno.readDirSync(dir), ({ name }) => name).sort();
}

dirTest(
  "no Worker before the first turn, one for each file that has work, none after a rest",
  async (dir) => {
    const clock = new FakeClock();
    await using open = await openMemory(dir, { clock });
    const { memory } = open;
    await clock.advance(24 * 3_600_000);
    assertEquals([memory.stats.workers, memory.status, clock.pending], [0, { saving: true }, 0]);
    assertEquals(filesIn(dir), [".lock"]);
    memory.record(entry(1));
    assertEquals(memory.stats.workers, 0); // starting one takes time that nobody shall wait for here
    await until(() => memory.stats.workers === 1, "a Worker for the journal");
    await untilFolded(open);
    await until(() => clock.pending === 3, "the loop and both Workers rest");
    assertEquals(memory.stats.workers, 2);
    await clock.advance(REST_MS - 1);
    assertEquals(memory.stats.workers, 2);
    await clock.advance(1);
    await until(() => memory.stats.workers === 0, "both have gone");
    assertEquals(filesIn(dir), [".lock", "journal.sqlite", "store.sqlite"]);
    memory.record(entry(2));
    await until(() => open.acknowledged.length === 2, "the second is acknowledged");
    await untilFolded(open);
    assertEquals((await memory.recent("aa:bb", 9)).map(({ turnId }) => turnId), [1, 2]);
    assertEquals([memory.stats.workersLost, memory.stats.failures], [0, { journal: 0, store: 0 }]);
  },
);

dirTest("after an orderly end no Worker starts before there is work", async (dir) => {
  for (const number of [1, 2]) {
    await using open = await openMemory(dir);
    assertEquals([open.memory.stats.workers, open.memory.status], [0, { saving: true }]);
    open.memory.record(entry(number));
    await untilFolded(open);
  }
  await using open = await openMemory(dir);
  assertEquals(open.memory.stats.workers, 0);
  assertEquals((await open.memory.recent("aa:bb", 9)).map(({ turnId }) => turnId), [1, 2]);
});

dirTest("a store that was found in order is rid of what is too old a while after the start", async (dir) => {
  let wallMs = 50 * DAY_MS;
  {
    await using open = await openMemory(dir, { wallMs: () => wallMs });
    open.memory.record(entry(1, { atMs: wallMs }));
    await untilFolded(open);
  }
  wallMs += 31 * DAY_MS;
  const clock = new FakeClock();
  await using open = await openMemory(dir, { clock, wallMs: () => wallMs });
  await clock.advance(FIRST_PRUNE_MS - 1);
  assertEquals([open.memory.stats.workers, open.memory.stats.dropped.age], [0, 0]);
  await clock.advance(1);
  await until(() => open.memory.stats.dropped.age === 1, "it is dropped");
  assertEquals(open.memory.stats.workers, 1);
});

dirTest(
  "what an orderly end left in the journal is taken in at the next start, without a new turn",
  async (dir) => {
    {
      const delayMs = (type: string) => type === "save" ? 500 : 0;
      await using open = await openMemory(dir, { delayMs });
      for (const number of [1, 2, 3]) open.memory.record(entry(number));
      await until(() => open.acknowledged.length === 3, "all is acknowledged");
    }
    // The store's thread, which was ended, may still save; the journal's rows are there in any case.
    assertEquals(keysIn(dir, "journal").length, 3);
    {
      await using open = await openMemory(dir);
      await until(() => open.memory.stats.workers > 0, "it was looked for");
      await untilFolded(open);
      await until(() => keysIn(dir, "store").length === 3, "it is in the store");
    }
    assertEquals(keysIn(dir, "journal"), []);
  },
);

dirTest("what a crash left in the log beside the journal is taken in without a new turn", async (dir) => {
  const crashed = `${dir}/crashed`;
  await Deno.mkdir(crashed);
  {
    let folding = false;
    await using open = await openMemory(`${dir}/memory`, {
      delayMs: (type) => {
        folding ||= type === "save";
        return type === "save" ? 1_000 : 0;
      },
    });
    open.memory.record(entry(1));
    await until(() => folding && open.acknowledged.length === 1, "it is on its way to the store");
    // What the disk holds now is what a kill would leave.
    for (const suffix of ["", "-wal"]) {
      await Deno.copyFile(`${dir}/memory/journal.sqlite${suffix}`, `${crashed}/journal.sqlite${suffix}`);
    }
    await untilFolded(open);
  }
  await using open = await openMemory(crashed);
  await until(() => open.memory.stats.stored === 1, "it is taken in");
  assertEquals((await open.memory.recent("aa:bb", 9)).map(({ turnId }) => turnId), [1]);
});

dirTest(
  "what is said while a Worker is being ended waits for the next, and nothing is lost or moved",
  async (dir) => {
    const clock = new FakeClock();
    const keys: string[] = [];
    {
      await using open = await openMemory(dir, { clock });
      const { memory } = open;
      let number = 0;
      const say = () => {
        const one = entry(number++);
        keys.push(one.key);
        memory.record(one);
      };
      for (let round = 0; round < 5; round++) {
        say();
        await untilFolded(open);
        await until(() => clock.pending === 3, "the loop and both Workers rest");
        await clock.advance(REST_MS);
        // Both were asked to leave, and have not answered yet: no message has been read since.
        assertEquals(memory.stats.workers, 2);
        for (let more = 0; more < 3; more++) say();
        await settle();
        assertEquals([memory.stats.pending, open.acknowledged.length], [3, keys.length - 3]);
        say();
        await until(() => open.acknowledged.length === keys.length, "all is acknowledged");
      }
      assertEquals(open.acknowledged, keys);
      await untilFolded(open);
      const { workersLost, failures, dropped } = memory.stats;
      assertEquals([workersLost, failures, dropped.queue], [0, { journal: 0, store: 0 }, 0]);
    }
    assertEquals(keysIn(dir, "store"), keys);
  },
);

dirTest(
  "an end that comes while the Workers are being ended saves what was said just before",
  async (dir) => {
    const clock = new FakeClock();
    const open = await openMemory(dir, { clock });
    open.memory.record(entry(1));
    await untilFolded(open);
    await until(() => clock.pending === 3, "the loop and both Workers rest");
    await clock.advance(REST_MS);
    open.memory.record(entry(2));
    const report = await open.scope.close();
    assertEquals([report.ok, open.acknowledged.length, clock.pending], [1, 2, 0]);
    await using again = await openMemory(dir);
    await until(() => again.memory.stats.unfolded === 0, "it is taken in");
    assertEquals((await again.memory.recent("aa:bb", 9)).map(({ turnId }) => turnId), [1, 2]);
  },
);
