import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { eventOf } from "../../lib/automation/event.ts";
import { levelOf } from "../../lib/automation/topics.ts";
import { test } from "../support/test.ts";
import { answerOf, KITCHEN, wordsOf } from "./automation_rig.ts";

const HEAD = { id: "i", atMs: 0, device: { id: KITCHEN } };

test("eventOf: a long text is cut at a whole character, and the event says so", () => {
  const event = eventOf(answerOf(`${"x".repeat(7_999)}😀 and more`), HEAD);
  assert(event.type === "answer");
  assertEquals([event.text.length, event.text.isWellFormed(), event.cut], [7_999, true, true]);
  const short = eventOf(wordsOf("hello"), HEAD);
  assert(!("cut" in short));
});

test("levelOf: any id becomes a level of a topic, and no two become the same", () => {
  assertEquals(levelOf(KITCHEN), "02_00_00_aa_bb_cc");
  assertEquals(levelOf("kitchen-1"), "kitchen-1");
  const ids = ["a/b", "a+b", "a#b", "a_b", "unknown", "x".repeat(200), "x".repeat(201), "$SYS"];
  const levels = ids.map(levelOf);
  assertEquals(new Set([...levels, levelOf(undefined)]).size, ids.length + 1);
  for (const level of levels) assert(/^[\w-]{1,80}$/.test(level), level);
  assertNotEquals(levelOf("unknown"), levelOf(undefined));
});
