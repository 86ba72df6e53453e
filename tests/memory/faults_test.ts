import { assert, assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { type MemoryJobType, type MemoryStatus } from "../../lib/memory/mod.ts";
import {
  dirTest,
  entry,
  keysIn,
  lostThreads,
  openFile,
  type OpenMemory,
  openMemory,
  untilFolded,
} from "./memory_harness.ts";
import { until } from "../support/until.ts";
import { fill, mountSmall } from "../support/small_disk.ts";

function codeOf(status: MemoryStatus): string {
  return status.saving ? "saving" : status.code;
}

async function stopsSaving({ memory }: OpenMemory): Promise<Extract<MemoryStatus, { saving: false }>> {
  await until(() => !memory.status.saving, "saving stops");
  const { status } = memory;
  assert(!status.saving);
  return status;
}

const probe = await Deno.makeTempDir();
const mounts = await mountSmall(probe);
if (mounts) await new Deno.Command("umount", { args: [probe] }).output();
await Deno.remove(probe);

for (const when of ["while it runs", "from the start"] as const) {
  dirTest(
    `on a disk that is full ${when} saving stops, speech goes on, and both resume with room (needs root to mount one)`,
    async (dir) => {
      assert(await mountSmall(dir));
      try {
        if (when === "from the start") fill(`${dir}/filler`);
        await using open = await openMemory(`${dir}/memory`, { config: { maxPending: 50 } });
        const { memory } = open;
        if (when === "while it runs") {
          memory.record(entry(0));
          await untilFolded(open);
          fill(`${dir}/filler`);
        }
        for (let number = 1; number <= 200; number++) memory.record(entry(number, { user: "x".repeat(900) }));
        const { code, reason } = await stopsSaving(open);
        assertEquals(code, "memory.disk_full");
        assertStringIncludes(reason, "journal.sqlite");
        assertGreater(memory.stats.failures.journal, 0);
        for (let number = 201; number <= 300; number++) memory.record(entry(number));
        assertGreater(memory.stats.dropped.queue, 0);
        Deno.removeSync(`${dir}/filler`);
        await until(
          () => memory.status.saving && open.acknowledged.includes(entry(300).key),
          "saving resumes",
        );
        await untilFolded(open);
        const { journaled, stored, dropped, pending } = memory.stats;
        assertEquals([stored, pending], [journaled, 0]);
        assertEquals(journaled + dropped.queue, when === "while it runs" ? 301 : 300);
      } finally {
        await new Deno.Command("umount", { args: [dir] }).output();
      }
    },
    { ignore: !mounts },
  );
}

const HANGING_JOBS: readonly MemoryJobType[] = ["append", "save", "remove"];
for (const hanging of HANGING_JOBS) {
  dirTest(
    `a Worker that hangs at ${hanging} is replaced, and nothing is lost or saved twice`,
    async (dir) => {
      let hangs = true;
      const delayMs = (type: MemoryJobType) => {
        if (type !== hanging || !hangs) return 0;
        hangs = false;
        return 2_000;
      };
      {
        await using open = await openMemory(dir, { delayMs, config: { writeDeadlineMs: 1_000 } });
        for (let number = 0; number < 20; number++) open.memory.record(entry(number));
        await until(() => open.memory.stats.workersLost === 1, "a Worker is lost");
        assertEquals(open.memory.status.saving, hanging !== "append");
        await until(() => open.acknowledged.length === 20, "all is acknowledged");
        await untilFolded(open);
        await lostThreads(1_500);
        await untilFolded(open);
        assertEquals(open.memory.status, { saving: true });
      }
      assertEquals(keysIn(dir, "store"), Array.from({ length: 20 }, (_, number) => entry(number).key));
    },
  );
}

dirTest("of a disk that hangs for ever, ever fewer Workers are started", async (dir) => {
  await using open = await openMemory(dir, { delayMs: () => 250, config: { writeDeadlineMs: 50 } });
  assertEquals(codeOf(open.memory.status), "lifecycle.deadline");
  open.memory.record(entry(1));
  await until(() => codeOf(open.memory.status) === "memory.unresponsive", "it is left alone for a while");
  assertLess(open.memory.stats.workersLost, 5);
  await open.scope.close();
  await lostThreads(500);
});

for (const file of ["journal", "store"] as const) {
  dirTest(`a corrupt ${file} is moved aside, a new one begins, and saving goes on`, async (dir) => {
    for (const suffix of ["", "-wal"]) {
      await Deno.writeTextFile(`${dir}/${file}.sqlite${suffix}`, "rubbish".repeat(2_000));
    }
    await using open = await openMemory(dir);
    open.memory.record(entry(1));
    await untilFolded(open);
    assertEquals(open.memory.status, { saving: true });
    assertEquals([open.memory.stats.stored, open.memory.stats.filesMovedAside], [1, 1]);
    assertStringIncludes(await Deno.readTextFile(`${dir}/${file}.sqlite.corrupt`), "rubbish");
  });

  dirTest(`a ${file} that is corrupt somewhere inside is found when that is read`, async (dir) => {
    {
      await using open = await openMemory(dir, {
        delayMs: (type) => type === "save" && file === "journal" ? 2_000 : 0,
      });
      for (let number = 0; number < 200; number++) {
        open.memory.record(entry(number, { user: "x".repeat(500) }));
      }
      await until(() => open.acknowledged.length === 200, "all is acknowledged");
      if (file === "store") await untilFolded(open);
    }
    const path = `${dir}/${file}.sqlite`;
    const bytes = await Deno.readFile(path);
    bytes.fill(0xa5, 4_096, bytes.length);
    await Deno.writeFile(path, bytes);
    await using open = await openMemory(dir);
    open.memory.record(entry(1_000));
    await until(() => open.memory.stats.stored === 1, "the new entry is stored");
    assertEquals(open.memory.stats.filesMovedAside, 1);
    assertEquals((await open.memory.recent("aa:bb", 5)).map(({ turnId }) => turnId), [1_000]);
    await lostThreads(1_000);
  });

  dirTest(`a ${file} of a newer version is left alone, and nothing is saved`, async (dir) => {
    {
      using db = openFile(`${dir}/${file}.sqlite`);
      db.exec("PRAGMA user_version = 99; CREATE TABLE later (words TEXT)");
    }
    const before = await Deno.readFile(`${dir}/${file}.sqlite`);
    await using open = await openMemory(dir);
    const { status } = open.memory;
    assert(!status.saving);
    assertEquals(status.code, "memory.newer_schema");
    assertStringIncludes(status.reason, "version 99");
    open.memory.record(entry(1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assertEquals(open.acknowledged, []);
    assertEquals(codeOf(open.memory.status), "memory.newer_schema");
    const report = await open.scope.close();
    assertEquals(report.failed.length, 1);
    assertEquals(await Deno.readFile(`${dir}/${file}.sqlite`), before);
  });
}

dirTest("a store that takes nothing in fills the journal to its bound, and no further", async (dir) => {
  const store = `${dir}/store.sqlite`;
  await Deno.mkdir(store);
  await using open = await openMemory(dir, { config: { maxJournalBytes: 65_536, maxPending: 20 } });
  const { memory } = open;
  const say = async (from: number, to: number) => {
    for (let number = from; number < to; number++) {
      memory.record(entry(number, { user: "x".repeat(4_000) }));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  await say(0, 100);
  assertEquals((await stopsSaving(open)).code, "memory.behind");
  const { size } = await Deno.stat(`${dir}/journal.sqlite-wal`);
  assertLess(size, 4_194_304);
  assertGreater(memory.stats.unfolded, 10);
  assertGreater(memory.stats.dropped.queue, 20);
  await Deno.remove(store);
  await until(() => memory.status.saving && memory.stats.pending === 0, "saving resumes");
  await untilFolded(open);
  assertEquals(memory.stats.stored, open.acknowledged.length);
});

dirTest("an outage is logged once with its end, and never with what was said", async (dir) => {
  const records: LogRecord[] = [];
  await configure({
    sinks: { records: (record) => records.push(record) },
    loggers: [
      { category: "earshot", sinks: ["records"], lowestLevel: "debug" },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  try {
    await Deno.mkdir(`${dir}/journal.sqlite`);
    await using open = await openMemory(dir);
    open.memory.record(entry(1, { user: "a secret" }));
    await until(() => open.memory.stats.failures.journal > 2, "it was tried again");
    await Deno.remove(`${dir}/journal.sqlite`);
    await untilFolded(open);
  } finally {
    await reset();
  }
  const told = records.map(({ level, properties }) => [level, properties.code]);
  assertEquals(told.filter(([level]) => level === "error"), [["error", "memory.unwritable"]]);
  assertEquals(told.filter(([level]) => level === "warning"), [["warning", "memory.unwritable"]]);
  assertEquals(told.filter(([level]) => level === "info").length, 2);
  assert(!JSON.stringify(records).includes("secret"));
});

dirTest("where nothing can be written, the memory opens all the same", async (dir) => {
  await Deno.writeTextFile(`${dir}/file`, "");
  await using open = await openMemory(`${dir}/file/memory`);
  assertEquals(codeOf(open.memory.status), "memory.unwritable");
});
