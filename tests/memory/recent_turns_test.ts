import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { type Recalled, RecentTurns } from "../../lib/memory/recent_turns.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";
import { dirTest, entry, openMemory, untilFolded } from "./memory_harness.ts";

const numbersOf = ({ turns }: Recalled) => turns.map(({ turnId }) => turnId);
const summary = { text: "likes tea", throughAtMs: 1, atMs: 2 };

/** Reads by hand: each read is answered when the test says so. */
function reader() {
  const reads: { readonly limit: number; answer(recalled: Recalled): void; fail(error: Error): void }[] = [];
  const recent = new RecentTurns((_deviceId, limit) => {
    const { promise, resolve, reject } = Promise.withResolvers<Recalled>();
    reads.push({ limit, answer: resolve, fail: reject });
    return promise;
  });
  const of = (limit = 9, deviceId = "aa:bb", oldestMs = 0) => recent.of(deviceId, limit, oldestMs);
  return { recent, reads, of };
}

test("a device is read once, and what is over later is added", async () => {
  const { recent, reads, of } = reader();
  const first = Promise.all([of(), of(2)]);
  assertEquals(reads.length, 1, "both wait for one read");
  reads[0]?.answer({ turns: [entry(1), entry(2), entry(3)], summary });
  assertEquals((await first).map(numbersOf), [[1, 2, 3], [2, 3]]);
  recent.add(entry(4));
  recent.add(entry(4));
  recent.add(entry(5, { deviceId: "other" }));
  assertEquals(numbersOf(await of()), [1, 2, 3, 4]);
  assertEquals(numbersOf(await of(0)), []);
  // It is known that there are no more than these.
  assertEquals(numbersOf(await of(5_000)), [1, 2, 3, 4]);
  assertEquals((await of()).summary, summary);
  recent.summarized("aa:bb", { ...summary, text: "likes coffee" });
  assertEquals((await of()).summary?.text, "likes coffee");
  assertEquals([reads.length, recent.stats], [1, { found: 5, read: 1 }]);
});

test("more than is kept is read again, and no more than that is kept", async () => {
  const { recent, reads, of } = reader();
  const turns = Array.from({ length: 20 }, (_, index) => entry(index));
  const first = of(3);
  assertEquals(reads[0]?.limit, 20);
  reads[0]?.answer({ turns, summary: undefined });
  assertEquals(numbersOf(await first), [17, 18, 19]);
  for (let number = 20; number < 50; number++) recent.add(entry(number));
  assertEquals(numbersOf(await of(20)), Array.from({ length: 20 }, (_, index) => index + 30));
  const more = of(30);
  assertEquals(reads.length, 2);
  reads[1]?.answer({ turns: [entry(49)], summary: undefined });
  assertEquals(numbersOf(await more), [49]);
});

test("a read during which something happens to the device is neither joined nor kept", async () => {
  for (
    const happen of [
      (recent: RecentTurns) => recent.add(entry(2)),
      (recent: RecentTurns) => recent.drop("aa:bb"),
      (recent: RecentTurns) => recent.clear(),
      (recent: RecentTurns) => recent.summarized("aa:bb", summary),
    ]
  ) {
    const { recent, reads, of } = reader();
    const early = of();
    happen(recent);
    const late = of();
    assertEquals(reads.length, 2);
    reads[0]?.answer({ turns: [entry(1)], summary: undefined });
    reads[1]?.answer({ turns: [entry(1), entry(2)], summary });
    assertEquals([numbersOf(await early), numbersOf(await late)], [[1], [1, 2]]);
    assertEquals(numbersOf(await of()), [1, 2]);
    assertEquals(reads.length, 2);
  }
});

test("a read that fails is tried anew, and turns that are too old are not at hand", async () => {
  const { reads, of } = reader();
  const failing = of();
  reads[0]?.fail(new EarshotError("memory.unwritable", "no"));
  await assertRejects(() => failing, EarshotError);
  const second = of();
  reads[1]?.answer({ turns: [entry(1, { atMs: 100 })], summary: undefined });
  await second;
  assertEquals(numbersOf(await of(9, "aa:bb", 100)), [1]);
  const later = of(9, "aa:bb", 101);
  assertEquals(reads.length, 3);
  reads[2]?.answer({ turns: [], summary: undefined });
  assertEquals(numbersOf(await later), []);
});

test("all devices together hold no more than their bound; what was used last stays", async () => {
  const { reads, of, recent } = reader();
  const read = async (deviceId: string) => {
    const before = reads.length;
    const result = of(9, deviceId);
    reads[before]?.answer({
      turns: Array.from(
        { length: 8 },
        (_, number) => entry(number, { deviceId, answer: "x".repeat(65_536) }),
      ),
      summary: undefined,
    });
    await result;
    return reads.length > before;
  };
  // Each takes 1/8 of the bound, so seven fit.
  for (let device = 0; device < 7; device++) assertEquals(await read(`d${device}`), true);
  assertEquals(await read("d0"), false);
  assertEquals(await read("d7"), true);
  assertEquals([await read("d0"), await read("d7"), await read("d1")], [false, false, true]);
  assertEquals(recent.stats.read, 9);
});

dirTest(
  "a device that comes back at once finds its last turn, though the disk has not got it yet",
  async (dir) => {
    await using open = await openMemory(dir, { delayMs: (type) => type === "append" ? 500 : 0 });
    open.memory.record(entry(1, { answer: "An answer.", heardChars: 2, outcome: "interrupted" }));
    open.memory.record(entry(2));
    assertEquals(open.memory.stats.pending, 2);
    const [first, second] = await open.memory.recent("aa:bb", 9);
    assertEquals([first?.heardChars, second?.turnId], [2, 2]);
    await untilFolded(open);
    assertEquals((await open.memory.recent("aa:bb", 9)).length, 2);
  },
);

dirTest(
  "a turn waits for its history no longer than its signal says, and the next one has it",
  async (dir) => {
    {
      await using open = await openMemory(dir);
      open.memory.record(entry(1));
      await untilFolded(open);
    }
    let slow = true;
    await using open = await openMemory(dir, { delayMs: (type) => slow && type === "recall" ? 1_500 : 0 });
    const startMs = performance.now();
    const signal = AbortSignal.timeout(50);
    await assertRejects(() => open.memory.recent("aa:bb", 9, { signal }), EarshotError);
    await assertRejects(() => open.memory.summaryOf("aa:bb", { signal }), EarshotError);
    assertLess(performance.now() - startMs, 1_400);
    slow = false;
    await until(async () => (await open.memory.recent("aa:bb", 9)).length === 1, "it was read meanwhile");
    assertEquals(open.memory.stats.recalled.read, 1);
  },
);

dirTest(
  "many devices that come back at once are all read, and more than can wait are refused",
  async (dir) => {
    await using open = await openMemory(dir);
    const all = await Promise.allSettled(
      Array.from({ length: 300 }, (_, number) => open.memory.recent(`device ${number}`, 9)),
    );
    const refused = all.filter((one) => one.status === "rejected");
    assertEquals([refused.length, all.length - refused.length], [44, 256]);
    for (const { reason } of refused) assertEquals(EarshotError.from(reason).code, "lifecycle.overflow");
    assertEquals(await open.memory.recent("device 299", 9), []);
  },
);
