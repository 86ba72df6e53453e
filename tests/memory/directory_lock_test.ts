import { assert, assertEquals } from "@std/assert";
import { claimDirectory, openMemoryFiles } from "../../lib/memory/mod.ts";
import { dirTest, entry, openMemory, untilFolded } from "./memory_harness.ts";

dirTest(
  "as long as a memory is open nobody has its directory alone; two memories may share it",
  async (dir) => {
    const first = await openMemory(dir);
    const second = await openMemory(dir);
    assertEquals(await claimDirectory(dir), undefined);
    first.memory.record(entry(1));
    await first.scope.close();
    assertEquals(await claimDirectory(dir), undefined);
    await second.scope.close();
    using claim = await claimDirectory(dir);
    assert(claim !== undefined);
    assertEquals(await claimDirectory(dir), undefined);
  },
);

dirTest(
  "a memory that opens while a command erases waits for it, at most a second, and opens",
  async (dir) => {
    {
      await using open = await openMemory(dir);
      open.memory.record(entry(1));
      await untilFolded(open);
    }
    const claim = await claimDirectory(dir);
    assert(claim !== undefined);
    const opening = openMemory(dir);
    using files = await openMemoryFiles(dir);
    assertEquals(files.erase("aa:bb"), 1);
    claim[Symbol.dispose]();
    await using open = await opening;
    assertEquals(await claimDirectory(dir), undefined);
    assertEquals(await open.memory.recent("aa:bb", 9), []);
  },
);

dirTest(
  "a command reads while a memory writes, and sees what is in the journal and in the store",
  async (dir) => {
    let slow = false;
    await using open = await openMemory(dir, { delayMs: (type) => slow && type === "save" ? 300 : 0 });
    for (let number = 0; number < 600; number++) open.memory.record(entry(number));
    await untilFolded(open);
    slow = true;
    open.memory.record(entry(600));
    while (open.memory.stats.unfolded === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    using files = await openMemoryFiles(dir);
    const numbers = Array.from(files.turns("aa:bb"), ({ turnId }) => turnId);
    assertEquals(numbers, Array.from({ length: 201 }, (_, index) => index + 400));
    await untilFolded(open);
  },
);

dirTest("where nothing was kept yet commands find nothing and make nothing", async (dir) => {
  using files = await openMemoryFiles(dir);
  assertEquals([files.devices, [...files.turns("aa:bb")], files.summaryOf("aa:bb"), files.erase("aa:bb")], [
    [],
    [],
    undefined,
    0,
  ]);
  assertEquals([...Deno.readDirSync(dir)], []);
});
