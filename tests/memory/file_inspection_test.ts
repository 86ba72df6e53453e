import { assert, assertEquals } from "@std/assert";
import { Database } from "../../lib/memory/files/database.ts";
import { JournalFile } from "../../lib/memory/files/journal_file.ts";
import { JOURNAL_SCHEMA, STORE_SCHEMA } from "../../lib/memory/files/schemas.ts";
import { type FoundFiles, inspectFiles } from "../../lib/memory/file_inspection.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { fill, mountSmall } from "../support/small_disk.ts";
import { dirTest, entry, openFile } from "./memory_harness.ts";

const NEVER = new AbortController().signal;
const UNCLEAR: FoundFiles = { journal: "unclear", store: "unclear" };

function look(dir: string, options: { readonly delayMs?: number; readonly signal?: AbortSignal } = {}) {
  const { delayMs = 0, signal = NEVER } = options;
  return inspectFiles(dir, { signal, writeDeadlineMs: 100, delayMs, clock: systemClock });
}

function change(path: string, sql: string): void {
  using db = openFile(path);
  db.exec(sql);
}

dirTest("a directory that is not there is made, for this user alone, and holds nothing then", async (dir) => {
  assertEquals(await look(`${dir}/a/memory`), { journal: "absent", store: "absent" });
  assertEquals([...Deno.readDirSync(`${dir}/a/memory`)], []);
  if (Deno.build.os !== "windows") {
    assertEquals((Deno.statSync(`${dir}/a/memory`).mode ?? 0) & 0o777, 0o700);
  }
});

dirTest("a journal is in order as long as nothing is in it, whatever was before", async (dir) => {
  const path = `${dir}/journal.sqlite`;
  const closedAfter = async (work: (journal: JournalFile) => void) => {
    const journal = new JournalFile(path);
    work(journal);
    journal.close();
    return (await look(dir)).journal;
  };
  // What a version that knew no mark has left is opened once.
  assertEquals(await closedAfter(() => {}), "unclear");
  assertEquals(await closedAfter((journal) => journal.append([])), "sound");
  assertEquals(await closedAfter((journal) => journal.append([entry(1), entry(2)])), "unclear");
  assertEquals(await closedAfter((journal) => journal.remove([entry(1).key])), "unclear");
  assertEquals(await closedAfter((journal) => journal.remove([entry(2).key])), "sound");
  assertEquals(await closedAfter((journal) => journal.append([entry(3)])), "unclear");
  assertEquals(await closedAfter((journal) => journal.forget("aa:bb")), "sound");
});

dirTest("an append that fails leaves the mark as it was", async (dir) => {
  const journal = new JournalFile(`${dir}/journal.sqlite`);
  journal.append([]);
  // @ts-expect-error -- what SQLite does not take
  const broken = entry(2, { user: null });
  let failed = false;
  try {
    journal.append([entry(1), broken]);
  } catch {
    failed = true;
  }
  journal.close();
  assert(failed);
  assertEquals((await look(dir)).journal, "sound");
});

dirTest("a file that is open, or was when the process was killed, is unclear", async (dir) => {
  const path = `${dir}/journal.sqlite`;
  const first = new JournalFile(path);
  first.append([]);
  assertEquals(await look(dir), { journal: "unclear", store: "absent" });
  first.close();
  assertEquals(await look(dir), { journal: "sound", store: "absent" });
  const before = await Deno.readFile(path);
  const second = new JournalFile(path);
  second.append([entry(1)]);
  // The file itself still says that it is empty; the log beside it knows better.
  assertEquals(await Deno.readFile(path), before);
  assertEquals(await look(dir), { journal: "unclear", store: "absent" });
  second.close();
});

for (const [what, sql] of [["newer", "PRAGMA user_version = 99"], ["older", "PRAGMA user_version = 1"]]) {
  dirTest(`a file of ${what} schema is unclear`, async (dir) => {
    new Database(`${dir}/store.sqlite`, STORE_SCHEMA).close();
    assertEquals((await look(dir)).store, "sound");
    change(`${dir}/store.sqlite`, sql ?? "");
    assertEquals((await look(dir)).store, "unclear");
    new Database(`${dir}/journal.sqlite`, JOURNAL_SCHEMA).close();
    change(`${dir}/journal.sqlite`, sql ?? "");
    assertEquals((await look(dir)).journal, "unclear");
  });
}

dirTest(
  "a file that is no database, is empty, is a directory or can be read by others is unclear",
  async (dir) => {
    const path = `${dir}/store.sqlite`;
    await Deno.writeTextFile(path, "rubbish".repeat(100), { mode: 0o600 });
    assertEquals((await look(dir)).store, "unclear");
    await Deno.truncate(path);
    assertEquals((await look(dir)).store, "unclear");
    await Deno.remove(path);
    await Deno.mkdir(path);
    assertEquals(await look(dir), UNCLEAR);
    await Deno.remove(path);
    new Database(path, STORE_SCHEMA).close();
    assertEquals((await look(dir)).store, "sound");
    if (Deno.build.os === "windows") return;
    await Deno.chmod(path, 0o644);
    assertEquals((await look(dir)).store, "unclear");
  },
);

dirTest("where nothing can be written, or the look takes too long, both are unclear", async (dir) => {
  await Deno.writeTextFile(`${dir}/file`, "");
  assertEquals(await look(`${dir}/file/memory`), UNCLEAR);
  assertEquals(await look(dir, { signal: AbortSignal.abort() }), UNCLEAR);
  assertEquals(await look(`${dir}/slow`, { delayMs: 200 }), UNCLEAR);
  await new Promise((resolve) => setTimeout(resolve, 400));
});

dirTest("on a full disk both are unclear, and nothing of the look is left (needs root)", async (dir) => {
  if (!await mountSmall(dir)) return;
  try {
    fill(`${dir}/filler`);
    assertEquals(await look(dir), UNCLEAR);
    assertEquals(Array.from(Deno.readDirSync(dir), ({ name }) => name), ["filler"]);
  } finally {
    await new Deno.Command("umount", { args: [dir] }).output();
  }
});
