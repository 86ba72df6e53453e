import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { JournalFile } from "../../../lib/memory/files/journal_file.ts";
import type { MemoryEntry } from "../../../lib/memory/mod.ts";
import { StoreFile } from "../../../lib/memory/files/store_file.ts";
import { dirTest, entry, openFile, openMemory, untilFolded } from "../memory_harness.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { Database } from "../../../lib/memory/files/database.ts";
import { until } from "../../support/until.ts";

const DAY_MS = 86_400_000;
const WIDE = { turnsPerDevice: 1_000, oldestMs: 0, maxBytes: 1_000_000_000 };

function openStore(dir: string): StoreFile & Disposable {
  const file = new StoreFile(`${dir}/store.sqlite`);
  return Object.assign(file, { [Symbol.dispose]: () => file.close() });
}

/** The columns of version 1 of either file, and a row, as that version wrote them. */
const VERSION_1 = (table: "entries" | "turns", counter: "seq" | "id") => [
  `CREATE TABLE ${table} (${counter} INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,
    deviceId TEXT NOT NULL, sessionId TEXT NOT NULL, turnId REAL NOT NULL, atMs REAL NOT NULL, text TEXT NOT NULL,
    language TEXT, audioMs REAL NOT NULL, droppedMs REAL NOT NULL) STRICT`,
  `INSERT INTO ${table} VALUES (7, 's/1', 'aa:bb', 's', 1, 1e12, 'kept', 'en', 600, 0)`,
];
const KEPT: MemoryEntry = {
  key: "s/1",
  deviceId: "aa:bb",
  sessionId: "s",
  turnId: 1,
  atMs: 1e12,
  user: "kept",
  steps: [],
  answer: "",
  heardChars: 0,
  outcome: "unanswered",
  language: "en",
  audioMs: 600,
  droppedMs: 0,
};
const ALICE = { id: "u-alice", name: "Alice", score: 0.87 };

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
// deno-lint-ignore require-await -- the harness takes what may wait
const sync = (fn: (dir: string) => void) => async (dir: string) => fn(dir);

dirTest(
  "of each device the last turns are kept, in the order in which they were saved",
  sync((dir) => {
    using store = openStore(dir);
    // The clock jumped back in between.
    const of = (number: number, deviceId: string) => entry(number, { deviceId, atMs: 1e12 - number });
    store.save(numbers(0, 5).map((number) => of(number, "a")), { ...WIDE, turnsPerDevice: 3 });
    const { saved, dropped } = store.save([...numbers(5, 7).map((number) => of(number, "a")), of(100, "b")], {
      ...WIDE,
      turnsPerDevice: 3,
    });
    assertEquals([saved, dropped], [3, { turns: 2, age: 0, bytes: 0 }]);
    assertEquals(store.recent("a", 9).map(({ turnId }) => turnId), [6, 5, 4]);
    assertEquals(store.recent("b", 9).length, 1);
  }),
);

dirTest(
  "a statement is prepared once, however often it is used: SQLite's part of it stays until a garbage collection",
  sync((dir) => {
    const { prepare } = DatabaseSync.prototype;
    let prepared = 0;
    DatabaseSync.prototype.prepare = function (sql) {
      prepared++;
      return prepare.call(this, sql);
    };
    try {
      using store = openStore(dir);
      const journal = new JournalFile(`${dir}/journal.sqlite`);
      const keep = (number: number) => {
        const entries = [entry(number)];
        journal.append(entries);
        assertEquals(journal.read(9).length, 1);
        journal.remove(entries.map(({ key }) => key));
        store.save(entries, { ...WIDE, turnsPerDevice: 3 });
      };
      keep(0);
      keep(1);
      const before = prepared;
      numbers(2, 50).forEach(keep);
      assertEquals([prepared - before, journal.usedBytes > 0], [0, true]);
      journal.close();
    } finally {
      DatabaseSync.prototype.prepare = prepare;
    }
  }),
);

dirTest(
  "what is too old goes, to the millisecond",
  sync((dir) => {
    using store = openStore(dir);
    const retention = { ...WIDE, oldestMs: 1_000 };
    const { dropped } = store.save([999, 1_000, 1_001].map((atMs) => entry(atMs, { atMs })), retention);
    assertEquals(dropped, { turns: 0, age: 1, bytes: 0 });
    assertEquals(store.recent("aa:bb", 9).map(({ atMs }) => atMs), [1_001, 1_000]);
  }),
);

dirTest(
  "all turns together stay within their bytes, and the file with them",
  sync((dir) => {
    const maxBytes = 1_048_576;
    using store = openStore(dir);
    let bytes = 0;
    for (let batch = 0; batch < 40; batch++) {
      const entries = numbers(batch * 20, batch * 20 + 20).map((number) =>
        entry(number, { deviceId: `d${number % 3}`, user: "x".repeat(4_000) })
      );
      bytes += store.save(entries, { ...WIDE, maxBytes }).dropped.bytes;
    }
    const kept = [0, 1, 2].flatMap((device) => store.recent(`d${device}`, 1_000)).map(({ turnId }) => turnId);
    assertEquals(kept.length + bytes, 800);
    assertEquals(kept.sort((a, b) => a - b), numbers(800 - kept.length, 800));
    assertGreater(kept.length, 150);
    assertLess(Deno.statSync(`${dir}/store.sqlite`).size, maxBytes + 20 * 8_192);
  }),
);

dirTest("what nobody adds to grows too old all the same", async (dir) => {
  let wallMs = 50 * DAY_MS;
  const clock = new FakeClock();
  await using open = await openMemory(dir, { clock, wallMs: () => wallMs });
  open.memory.record(entry(1, { atMs: 30 * DAY_MS }));
  open.memory.record(entry(2, { atMs: 50 * DAY_MS }));
  await untilFolded(open);
  assertEquals(open.memory.stats.dropped.age, 0);
  wallMs = 61 * DAY_MS;
  await until(() => clock.pending === 3, "the loop and both Workers rest");
  await clock.advance(30_000);
  await until(() => open.memory.stats.workers === 0 && clock.pending === 1, "both have gone");
  await clock.advance(3_570_000);
  await until(() => open.memory.stats.dropped.age === 1, "the first is dropped");
  assertEquals((await open.memory.recent("aa:bb", 9)).map(({ turnId }) => turnId), [2]);
});

dirTest(
  "an older schema is brought up to date and keeps what it holds",
  sync((dir) => {
    const path = `${dir}/any.sqlite`;
    const first = ["CREATE TABLE words (word TEXT)", "INSERT INTO words VALUES ('kept')"];
    new Database(path, [first]).close();
    const second = ["ALTER TABLE words ADD COLUMN length INTEGER", "UPDATE words SET length = length(word)"];
    new Database(path, [first, second]).close();
    new Database(path, [first, second]).close();
    using db = openFile(path);
    assertEquals({ ...db.prepare("SELECT * FROM words").get() }, { word: "kept", length: 4 });
    assertEquals({ ...db.prepare("PRAGMA user_version").get() }, { user_version: 2 });
  }),
);

dirTest(
  "a migration that fails leaves the old schema whole",
  sync((dir) => {
    const path = `${dir}/any.sqlite`;
    const first = ["CREATE TABLE words (word TEXT)"];
    new Database(path, [first]).close();
    try {
      new Database(path, [first, ["ALTER TABLE words ADD COLUMN length INTEGER", "DROP TABLE missing"]]);
    } catch {
      // That it fails is seen below.
    }
    using db = openFile(path);
    assertEquals({ ...db.prepare("PRAGMA user_version").get() }, { user_version: 1 });
    assertEquals(db.prepare("PRAGMA table_info(words)").all().length, 1);
  }),
);

dirTest(
  "a journal and a store of version 1, which knew no speakers, keep what they hold and take speakers in",
  sync((dir) => {
    new Database(`${dir}/store.sqlite`, [VERSION_1("turns", "id")]).close();
    new Database(`${dir}/journal.sqlite`, [VERSION_1("entries", "seq")]).close();
    const spoken = entry(2, { sessionId: "s", deviceId: "aa:bb", speaker: ALICE });
    {
      using store = openStore(dir);
      store.save([spoken], WIDE);
      assertEquals(store.recent("aa:bb", 9), [spoken, KEPT]);
    }
    const journal = new JournalFile(`${dir}/journal.sqlite`);
    journal.append([spoken]);
    assertEquals(journal.read(9), [KEPT, spoken]);
    journal.close();
    using db = openFile(`${dir}/store.sqlite`);
    assertEquals({ ...db.prepare("PRAGMA user_version").get() }, { user_version: 3 });
    using store = openStore(dir);
    assertEquals(store.recent("aa:bb", 1), [spoken]);
  }),
);

dirTest("a speaker comes back from journal and store; one that no file can hold is refused", async (dir) => {
  await using open = await openMemory(dir);
  open.memory.record(entry(1, { speaker: ALICE }));
  open.memory.record(entry(2));
  for (
    const broken of [{ name: "x".repeat(257) }, { id: "u\0" }, { score: NaN }]
  ) open.memory.record(entry(3, { speaker: { ...ALICE, ...broken } }));
  await untilFolded(open);
  const turns = await open.memory.recent("aa:bb", 9);
  assertEquals(turns.map(({ speaker }) => speaker), [ALICE, undefined]);
  assertEquals(open.memory.stats.dropped.refused, 3);
});
