import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { Memory, memoryConfig, memoryLimits } from "../../lib/memory/mod.ts";
import { dirTest, entry, keysIn, lostThreads, openMemory, untilFolded } from "./memory_harness.ts";
import { until } from "../support/until.ts";

dirTest("what is recorded is acknowledged, stored, and recalled as it was", async (dir) => {
  const said = [
    entry(1, { language: "zh", user: "你好，世界 🎉", droppedMs: 60 }),
    entry(2),
    entry(3, { deviceId: "other" }),
  ];
  {
    await using open = await openMemory(dir);
    for (const one of said) open.memory.record(one);
    await untilFolded(open);
    assertEquals(open.acknowledged, said.map(({ key }) => key));
    assertEquals(await open.memory.recent("aa:bb", 10), said.slice(0, 2));
    assertEquals(await open.memory.recent("aa:bb", 1), said.slice(1, 2));
    assertEquals(open.memory.status, { saving: true });
    assertEquals(open.memory.stats, {
      recorded: { answered: 0, interrupted: 0, failed: 0, unanswered: 3 },
      summaries: { saved: 0, failed: 0, dropped: 0 },
      recalled: { found: 1, read: 1 },
      pending: 0,
      journaled: 3,
      unfolded: 0,
      stored: 3,
      dropped: { queue: 0, refused: 0, turns: 0, age: 0, bytes: 0 },
      failures: { journal: 0, store: 0 },
      workers: 2,
      workersLost: 0,
      filesMovedAside: 0,
    });
    assertEquals((await open.scope.close()).ok, 1);
  }
  await using again = await openMemory(dir);
  assertEquals(await again.memory.recent("aa:bb", 10), said.slice(0, 2));
});

dirTest("a key is saved once, whether it comes before or after it was stored", async (dir) => {
  await using open = await openMemory(dir);
  open.memory.record(entry(1));
  open.memory.record(entry(1, { user: "again" }));
  await untilFolded(open);
  open.memory.record(entry(1, { user: "and again" }));
  open.memory.record(entry(2));
  await until(() => open.memory.stats.stored === 2, "the second is there");
  await untilFolded(open);
  assertEquals((await open.memory.recent("aa:bb", 9)).map(({ user }) => user), ["words 1", "words 2"]);
});

dirTest("records that come during one commit go together into the next", async (dir) => {
  let appends = 0;
  await using open = await openMemory(dir, {
    delayMs: (type) => type === "append" && ++appends < 3 ? 100 : 0,
  });
  for (let number = 0; number < 500; number++) open.memory.record(entry(number));
  await until(() => open.acknowledged.length === 500, "all is acknowledged");
  // The one that opens the file, one for the first records, at most one for what came meanwhile.
  assertLess(appends, 4);
});

dirTest("neither record nor a session that closes waits for a store that takes 2 s a write", async (dir) => {
  let saves = 0;
  const delayMs = (type: string) => type === "save" && ++saves === 1 ? 2_000 : 0;
  await using open = await openMemory(dir, { delayMs });
  open.memory.record(entry(0));
  await until(() => saves === 1, "the store is at it");
  const session = new Scope("session");
  for (let number = 1; number <= 100; number++) open.memory.record(entry(number));
  const report = await session.close();
  assertEquals(open.memory.stats.stored, 0, "the first write is still under way");
  assertEquals(report.failed, []);
  await until(() => open.acknowledged.length === 101, "all is acknowledged");
  assertEquals(open.memory.stats.stored, 0);
  assertEquals(open.memory.stats.unfolded, 101);
  assertEquals((await open.memory.recent("aa:bb", 3)).map(({ turnId }) => turnId), [98, 99, 100]);
  await untilFolded(open);
  assertEquals(open.memory.stats.stored, 101);
});

dirTest("closing brings to the disk what waits; a slow store is for the next process", async (dir) => {
  {
    await using open = await openMemory(dir, { delayMs: (type) => type === "save" ? 2_000 : 0 });
    open.memory.record(entry(1));
    await until(() => open.memory.stats.unfolded === 1, "the store is at it");
    for (let number = 2; number <= 50; number++) open.memory.record(entry(number));
    const report = await open.scope.close();
    assertEquals([report.ok, report.total, open.acknowledged.length], [1, 1, 50]);
    assertLess(report.durationMs, 2_000);
    open.memory.record(entry(51));
    assertEquals(open.memory.stats.dropped.refused, 1);
  }
  await using again = await openMemory(dir);
  await untilFolded(again);
  assertEquals(again.memory.stats.stored, 50);
  await lostThreads(1_000);
});

dirTest("a journal that falls behind drops the oldest that wait, and counts them", async (dir) => {
  let held = true;
  const delayMs = (type: string) => held && type === "append" ? 300 : 0;
  await using open = await openMemory(dir, { delayMs, config: { maxPending: 10 } });
  open.memory.record(entry(0));
  await until(() => open.memory.stats.pending === 1, "the first is under way");
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (let number = 1; number <= 25; number++) open.memory.record(entry(number));
  held = false;
  await until(() => open.acknowledged.includes(entry(25).key), "the last is acknowledged");
  assertEquals(open.memory.stats.dropped.queue, 15);
  assertEquals(open.acknowledged.length, 11);
});

dirTest("what cannot be stored is refused rather than tried for ever", async (dir) => {
  await using open = await openMemory(dir);
  for (
    const fault of [{ audioMs: NaN }, { atMs: Infinity }, { key: "a\0b" }, { deviceId: "x".repeat(300) }]
  ) open.memory.record(entry(1, fault));
  open.memory.record(entry(2, { user: `a\0b${"c".repeat(20_000)}`, turnId: 1.5 }));
  await untilFolded(open);
  assertEquals(open.memory.stats.dropped.refused, 4);
  const [only] = await open.memory.recent("aa:bb", 9);
  assertEquals([only?.user.slice(0, 3), only?.user.length], ["abc", 16_383]);
});

dirTest("a device is forgotten wherever its words are, and the others are not", async (dir) => {
  let slow = false;
  const secret = "unforgettable";
  {
    await using open = await openMemory(dir, { delayMs: (type) => slow && type === "save" ? 300 : 0 });
    const say = (number: number, deviceId: string) =>
      open.memory.record(entry(number, { deviceId, user: `${deviceId} ${secret}` }));
    say(1, "gone");
    say(2, "kept");
    await untilFolded(open);
    slow = true;
    say(3, "gone");
    await until(() => open.memory.stats.unfolded === 1, "one is on its way to the store");
    say(4, "gone");
    say(5, "kept");
    await until(() => open.acknowledged.length === 5, "all is acknowledged");
    say(6, "gone");
    assert(await open.memory.forget("gone") >= 3);
    await untilFolded(open);
    assertEquals(await open.memory.recent("gone", 9), []);
    assertEquals((await open.memory.recent("kept", 9)).map(({ turnId }) => turnId), [2, 5]);
    assertEquals(await open.memory.forget("never seen"), 0);
  }
  for await (const { name } of Deno.readDir(dir)) {
    assert(!(await Deno.readTextFile(`${dir}/${name}`)).includes(`gone ${secret}`), name);
  }
  assertEquals(keysIn(dir, "store").length, 2);
});

dirTest("after the end it answers with an error", async (dir) => {
  const { memory, scope } = await openMemory(dir);
  await scope.close();
  for (const question of [() => memory.recent("aa:bb", 1), () => memory.forget("aa:bb")]) {
    await assertRejects(question, EarshotError);
  }
  const config = { ...memoryConfig.parse({}), ...memoryLimits.parse({}) };
  await assertRejects(() => Memory.open({ dir, scope, config }), EarshotError);
});

dirTest("only its user can read the files", async (dir) => {
  await Deno.writeTextFile(`${dir}/store.sqlite`, "", { mode: 0o644 });
  await using open = await openMemory(`${dir}/.`);
  open.memory.record(entry(1));
  await untilFolded(open);
  const modes = [...Deno.readDirSync(dir)].map(({ name }) => Deno.statSync(`${dir}/${name}`).mode ?? 0);
  assertEquals(modes.length, 7);
  for (const mode of modes) assertEquals(mode & 0o777, 0o600);
}, { ignore: Deno.build.os === "windows" });
