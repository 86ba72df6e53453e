import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { type MemoryStep, openMemoryFiles } from "../../lib/memory/mod.ts";
import { stepsOf, storable } from "../../lib/memory/entry.ts";
import { test } from "../support/test.ts";
import { dirTest, entry, openMemory, untilFolded } from "./memory_harness.ts";

const step = (result: string): MemoryStep => ({
  tool: "self_light",
  arguments: "{}",
  result,
  status: "done",
});

test("storable cuts words, answer and steps at their bounds, and never within a character", () => {
  const long = entry(1, {
    user: `${"u".repeat(16_383)}🎉`,
    answer: "a".repeat(70_000),
    heardChars: 69_000,
    steps: Array.from({ length: 9 }, () => step("r".repeat(10_000))),
  });
  const { user, answer, heardChars, steps } = storable(long) ?? long;
  assertEquals([user.length, user.isWellFormed()], [16_383, true]);
  assertEquals([answer.length, heardChars], [65_536, 65_536]);
  assertEquals(steps.length, 6);
  assertLessOrEqual(JSON.stringify(steps).length, 65_536);
});

test("storable counts what was heard anew where a character cannot be held", () => {
  const { answer, heardChars } = storable(entry(1, { answer: "ab\0cd\0ef", heardChars: 5 })) ?? entry(1);
  assertEquals([answer, answer.slice(0, heardChars)], ["abcdef", "abcd"]);
  assertEquals(storable(entry(1, { answer: "ab", heardChars: -3 }))?.heardChars, 0);
  assertEquals(storable(entry(1, { user: "a\ud800b" }))?.user, "a\ufffdb");
});

test("storable refuses what no file finds again", () => {
  for (
    const broken of [{ heardChars: NaN }, { code: "x".repeat(257) }, { code: "a\0" }, { turnId: Infinity }]
  ) {
    assertEquals(storable(entry(1, broken)), undefined, JSON.stringify(broken));
  }
});

test("stepsOf takes nothing that is no step, and never throws", () => {
  assertEquals(stepsOf(JSON.stringify([step("a"), { ...step("b"), status: "odd" }, null, 7])), [step("a")]);
  for (const json of ["", "{", "{}", "null", "7"]) assertEquals(stepsOf(json), []);
});

dirTest("a turn comes back whole, from memory, from the files, and by the commands", async (dir) => {
  const turns = [
    entry(1, {
      steps: [step("on"), { ...step("\ud800 no"), result: "x", status: "failed" }],
      answer: "It is on. 好的 🎉",
      heardChars: 6,
      outcome: "interrupted",
    }),
    entry(2, { user: "", outcome: "failed", code: "llm.unreachable" }),
    entry(3, { answer: "Yes.", heardChars: 4, outcome: "answered", language: "en" }),
  ];
  {
    await using open = await openMemory(dir);
    for (const turn of turns) open.memory.record(turn);
    assertEquals(await open.memory.recent("aa:bb", 9), turns);
    await untilFolded(open);
    assertEquals(open.memory.stats.recorded, { answered: 1, interrupted: 1, failed: 1, unanswered: 0 });
  }
  {
    await using open = await openMemory(dir);
    assertEquals(await open.memory.recent("aa:bb", 9), turns);
  }
  using files = await openMemoryFiles(dir);
  assertEquals([...files.turns("aa:bb")], turns);
  assert(files.devices.length === 1);
});
