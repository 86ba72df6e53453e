import { assert, assertEquals } from "@std/assert";
import { StoreFile } from "../../lib/memory/files/store_file.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { until } from "../support/until.ts";
import { dirTest, entry, openMemory, untilFolded } from "./memory_harness.ts";

const DAY_MS = 86_400_000;

dirTest(
  "a summary is saved in the background, the last one wins, and it outlives the process",
  async (dir) => {
    {
      await using open = await openMemory(dir, { wallMs: () => 5_000 });
      const { memory } = open;
      memory.record(entry(1, { atMs: 1_000 }));
      memory.saveSummary("aa:bb", { text: "first", throughAtMs: 1_000 });
      memory.saveSummary("aa:bb", { text: "likes tea\0", throughAtMs: 1_000 });
      await until(() => memory.stats.summaries.saved === 1, "it is saved, and behind its turn");
      assertEquals(await memory.summaryOf("aa:bb"), { text: "likes tea", throughAtMs: 1_000, atMs: 5_000 });
      memory.saveSummary("aa:bb", { text: "x".repeat(5_000), throughAtMs: 2_000 });
      await until(() => memory.stats.summaries.saved === 2, "another takes its place");
      assertEquals((await memory.summaryOf("aa:bb"))?.text.length, 4_096);
      assertEquals(await memory.summaryOf("other"), undefined);
    }
    await using again = await openMemory(dir, { wallMs: () => 5_000 });
    assertEquals((await again.memory.summaryOf("aa:bb"))?.throughAtMs, 2_000);
    assertEquals((await again.memory.recent("aa:bb", 9)).length, 1);
    assertEquals(again.memory.stats.recalled, { found: 1, read: 1 });
  },
);

dirTest(
  "forget takes the summary, what waits and what is at hand; one that comes late does not rise",
  async (dir) => {
    let slow = false;
    const delayMs = (type: string) => slow && type === "append" ? 300 : 0;
    await using open = await openMemory(dir, { delayMs, wallMs: () => 10_000 });
    const { memory } = open;
    for (const deviceId of ["gone", "kept"]) {
      memory.record(entry(1, { key: deviceId, deviceId, atMs: 1_000 }));
      memory.saveSummary(deviceId, { text: `secret of ${deviceId}`, throughAtMs: 1_000 });
    }
    await until(() => memory.stats.summaries.saved === 2, "both are saved");
    assertEquals((await memory.recent("gone", 9)).length, 1);
    slow = true;
    for (const number of [2, 3, 4]) memory.record(entry(number, { deviceId: "gone" }));
    assert(memory.stats.pending > 0);
    assertEquals(await memory.forget("gone"), 4);
    assertEquals([await memory.recent("gone", 9), await memory.summaryOf("gone")], [[], undefined]);
    // A summary that was being made of what is erased by now; and a turn that was said since.
    memory.record(entry(5, { deviceId: "gone", atMs: 9_000 }));
    memory.saveSummary("gone", { text: "secret of gone", throughAtMs: 1_000 });
    await until(() => memory.stats.summaries.dropped === 1, "it is not taken in");
    assertEquals(await memory.summaryOf("gone"), undefined);
    assertEquals((await memory.recent("gone", 9)).map(({ turnId }) => turnId), [5]);
    assertEquals((await memory.summaryOf("kept"))?.text, "secret of kept");
    await untilFolded(open);
    await open.scope.close();
    for (const { name } of Deno.readDirSync(dir)) {
      assert(!Deno.readTextFileSync(`${dir}/${name}`).includes("secret of gone"), name);
    }
  },
);

dirTest("a summary goes with the last turn of its device", async (dir) => {
  let wallMs = 50 * DAY_MS;
  const clock = new FakeClock();
  await using open = await openMemory(dir, { clock, wallMs: () => wallMs });
  const { memory } = open;
  memory.record(entry(1, { key: "old", deviceId: "old", atMs: wallMs - 25 * DAY_MS }));
  memory.record(entry(2, { key: "both/1", deviceId: "both", atMs: wallMs - 25 * DAY_MS }));
  memory.record(entry(3, { key: "both/2", deviceId: "both", atMs: wallMs }));
  for (const deviceId of ["old", "both"]) {
    memory.saveSummary(deviceId, { text: "short", throughAtMs: wallMs });
  }
  await until(() => memory.stats.summaries.saved === 2, "both are saved");
  assertEquals((await memory.recent("old", 9)).length, 1);
  wallMs += 10 * DAY_MS;
  await until(() => clock.pending === 3, "the loop and both Workers rest");
  await clock.advance(3_600_000);
  await until(() => memory.stats.dropped.age === 2, "two turns are dropped");
  assertEquals([await memory.recent("old", 9), await memory.summaryOf("old")], [[], undefined]);
  assertEquals((await memory.summaryOf("both"))?.text, "short");
});

dirTest("where all turns go for want of room their summaries go too", (dir) => {
  const store = new StoreFile(`${dir}/store.sqlite`);
  const retention = { turnsPerDevice: 1_000, oldestMs: 0, maxBytes: 1_000_000_000 };
  store.save([entry(1, { key: "a", deviceId: "a", atMs: 1 })], retention);
  assert(store.summarize({ deviceId: "a", text: "short", throughAtMs: 1, atMs: 2 }));
  const many = Array.from(
    { length: 300 },
    (_, number) => entry(number, { key: `b/${number}`, deviceId: "b", user: "x".repeat(4_000) }),
  );
  const { dropped } = store.save(many, { ...retention, maxBytes: 200_000 });
  assert(dropped.bytes > 0);
  assertEquals([store.recent("a", 9), store.summaryOf("a")], [[], undefined]);
  store.close();
  return Promise.resolve();
});

dirTest("a store that cannot be written is tried again with the summary, and counts", async (dir) => {
  const store = `${dir}/store.sqlite`;
  await Deno.mkdir(store);
  await using open = await openMemory(dir, { wallMs: () => 5_000 });
  const { memory } = open;
  memory.record(entry(1, { atMs: 1 }));
  memory.saveSummary("aa:bb", { text: "short", throughAtMs: 1 });
  for (let number = 0; number < 300; number++) {
    memory.saveSummary(`device ${number}`, { text: "short", throughAtMs: 1 });
  }
  // 256 wait, one a device; the oldest are dropped.
  assertEquals(memory.stats.summaries, { saved: 0, failed: 0, dropped: 45 });
  memory.saveSummary("x".repeat(300), { text: "no such id", throughAtMs: 1 });
  memory.saveSummary("aa:bb", { text: "no such time", throughAtMs: NaN });
  memory.saveSummary("aa:bb", { text: "short", throughAtMs: 1 });
  assertEquals(memory.stats.summaries.dropped, 48);
  await until(() => memory.stats.failures.store > 0, "it fails");
  await Deno.remove(store);
  await until(() => memory.stats.summaries.saved === 1, "it is saved");
  assertEquals((await memory.summaryOf("aa:bb"))?.text, "short");
});
