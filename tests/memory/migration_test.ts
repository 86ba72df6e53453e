import { assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { EarshotError } from "../../lib/errors/mod.ts";
import { type MemoryEntry, openMemoryFiles } from "../../lib/memory/mod.ts";
import { MemoryFiles } from "../../lib/memory/files/memory_files.ts";
import { dirTest, entry, keysIn, openFile, openMemory, untilFolded } from "./memory_harness.ts";
import { until } from "../support/until.ts";

/**
 * Files that the code of 0e762a7 (schema 2) has written: turns 1 to 4 in the store, 4 to 6 in the journal, as after a
 * crash between the two.
 */
const FIXTURES = fileURLToPath(new URL("./fixtures/", import.meta.url));
const DEVICE = "02:00:00:aa:bb:cc";
const ALICE = { id: "u-alice", name: "Alice", score: 0.87 };

/** What was in them, as it reads now: nobody had answered. */
const before = (number: number, facts: Partial<MemoryEntry> = {}): MemoryEntry => ({
  key: `session-0/${number}`,
  deviceId: DEVICE,
  sessionId: "session-0",
  turnId: number,
  atMs: 1_790_000_000_000 + number * 1_000,
  user: `words ${number}`,
  steps: [],
  answer: "",
  heardChars: 0,
  outcome: "unanswered",
  audioMs: 1_500.5,
  droppedMs: 0,
  ...facts,
});
const OF_DEVICE = [
  before(1, { language: "en" }),
  before(2, { user: "你好，世界 🎉", language: "zh", speaker: ALICE }),
  before(4),
  before(5, { user: "还没存", language: "zh", speaker: ALICE }),
];
const OF_SESSION = [before(3, { deviceId: "session-0", droppedMs: 60 })];
const OF_OTHER = [before(6, { deviceId: "02:00:00:aa:bb:dd" })];

async function withOldFiles(dir: string): Promise<void> {
  for (const file of ["journal", "store"]) {
    await Deno.copyFile(`${FIXTURES}${file}_v2.sqlite`, `${dir}/${file}.sqlite`);
  }
}

function versionOf(dir: string, file: string): unknown {
  using db = openFile(`${dir}/${file}.sqlite`);
  return db.prepare("PRAGMA user_version").get()?.["user_version"];
}

// As old as the fixtures are, nothing may be dropped for its age.
const config = { maxAgeDays: 36_500 };

dirTest("files of schema 2 are brought to schema 3 with all that is in them, stored or not", async (dir) => {
  await withOldFiles(dir);
  assertEquals([versionOf(dir, "journal"), versionOf(dir, "store")], [2, 2]);
  {
    await using open = await openMemory(dir, { config });
    await untilFolded(open);
    await until(() => open.memory.stats.stored === 2, "what was in the journal is stored");
    assertEquals(await open.memory.recent(DEVICE, 9), OF_DEVICE);
    assertEquals(await open.memory.recent("session-0", 9), OF_SESSION);
    assertEquals(await open.memory.recent("02:00:00:aa:bb:dd", 9), OF_OTHER);
    assertEquals(await open.memory.summaryOf(DEVICE), undefined);
    open.memory.record(entry(7, { deviceId: DEVICE, answer: "An answer.", outcome: "answered" }));
    await until(() => open.memory.stats.stored === 3, "a new turn is stored beside them");
    assertEquals(open.memory.stats.filesMovedAside, 0);
  }
  assertEquals([versionOf(dir, "journal"), versionOf(dir, "store")], [3, 3]);
  assertEquals([keysIn(dir, "journal"), keysIn(dir, "store").length], [[], 7]);
  await using again = await openMemory(dir, { config });
  assertEquals((await again.memory.recent(DEVICE, 9)).map(({ answer }) => answer), [
    "",
    "",
    "",
    "",
    "An answer.",
  ]);
});

dirTest("commands read and erase in files of schema 2 and leave the schema alone", async (dir) => {
  await withOldFiles(dir);
  {
    using files = await openMemoryFiles(dir);
    assertEquals(files.devices, ["02:00:00:aa:bb:cc", "02:00:00:aa:bb:dd", "session-0"]);
    assertEquals([...files.turns(DEVICE)], OF_DEVICE);
    assertEquals(files.summaryOf(DEVICE), undefined);
    assertEquals(files.erase(DEVICE), 4);
    assertEquals([...files.turns(DEVICE)], []);
    assertEquals([...files.turns("session-0"), ...files.turns("02:00:00:aa:bb:dd")], [
      ...OF_SESSION,
      ...OF_OTHER,
    ]);
  }
  assertEquals([versionOf(dir, "journal"), versionOf(dir, "store")], [2, 2]);
  for (const { name } of Deno.readDirSync(dir)) {
    const bytes = new TextDecoder().decode(Deno.readFileSync(`${dir}/${name}`));
    assertEquals(bytes.includes("words 1") || bytes.includes("还没存"), false, name);
  }
});

for (const file of ["journal", "store"]) {
  dirTest(`commands refuse a ${file} of a newer schema`, async (dir) => {
    await withOldFiles(dir);
    {
      using db = openFile(`${dir}/${file}.sqlite`);
      db.exec("PRAGMA user_version = 4");
    }
    const error = assertThrows(() => new MemoryFiles(dir), EarshotError);
    assertEquals(error.code, "memory.newer_schema");
  });
}
