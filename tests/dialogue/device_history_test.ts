import { assertEquals } from "@std/assert";
import { DeviceHistory, type LoadedHistory } from "../../lib/dialogue/mod.ts";
import { settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { NOW_MS, pastTurn } from "./dialogue_harness.ts";

const HOUR_MS = 3_600_000;
const nothing: LoadedHistory = { turns: [], summary: "", throughMs: -Infinity };
const wordsOf = ({ turns }: DeviceHistory) => turns.map(({ user }) => user);

test("what is said while the past is read comes after it, once", async () => {
  const found = Promise.withResolvers<LoadedHistory>();
  const history = new DeviceHistory(() => found.promise);
  const both = pastTurn("both", "yes", { atMs: 2 });
  history.add(both);
  history.add(pastTurn("new", "yes", { atMs: 3 }));
  assertEquals([wordsOf(history), history.countSince(0)], [["both", "new"], 2]);
  found.resolve({ turns: [pastTurn("old", "yes", { atMs: 1 }), both], summary: "notes", throughMs: 0 });
  await history.ready(new AbortController().signal);
  assertEquals([wordsOf(history), history.countSince(0)], [["old", "both", "new"], 3]);
  assertEquals([history.summary, history.summarizedThroughMs], ["notes", 0]);
});

test("a summary that was written meanwhile stays, and without one nothing is summarized", async () => {
  const found = Promise.withResolvers<LoadedHistory>();
  const history = new DeviceHistory(() => found.promise);
  assertEquals([history.summary, history.summarizedThroughMs], ["", -Infinity]);
  history.summarized("newer", 9);
  found.resolve({ ...nothing, summary: "older", throughMs: 8 });
  await settle();
  assertEquals([history.summary, history.summarizedThroughMs], ["newer", 9]);
});

test("a past that cannot be read is none", async () => {
  const history = new DeviceHistory(() => Promise.reject(new Error("no disk")));
  await history.ready(new AbortController().signal);
  history.add(pastTurn("new", "yes", { atMs: 3 }));
  assertEquals(wordsOf(history), ["new"]);
});

test("200 turns are held and no more, and the count goes on", () => {
  const history = new DeviceHistory();
  for (let index = 0; index < 250; index++) history.add(pastTurn(`${index}`, "yes", { atMs: NOW_MS }));
  assertEquals([history.turns.length, wordsOf(history)[0], history.countSince(NOW_MS)], [200, "50", 250]);
});

test("no more text is held than the bound, but for the last turn", () => {
  const history = new DeviceHistory();
  for (const user of ["a", "b", "c"]) history.add(pastTurn(user, "x".repeat(120_000), { atMs: NOW_MS }));
  assertEquals([wordsOf(history), history.chars <= 262_144], [["b", "c"], true]);
  history.add(pastTurn("d", "x".repeat(300_000), { atMs: NOW_MS }));
  assertEquals(wordsOf(history), ["d"]);
});

test("countSince: what was answered since then; a refusal and a failure are no answer", () => {
  const history = new DeviceHistory();
  for (const [answer, atMs] of [["yes", NOW_MS - 2 * HOUR_MS], ["yes", NOW_MS], ["", NOW_MS]] as const) {
    history.add(pastTurn("question", answer, { atMs }));
  }
  assertEquals([history.countSince(NOW_MS - HOUR_MS), history.countSince(NOW_MS - 3 * HOUR_MS)], [1, 2]);
});

test("countSince: a day begins at a quarter of an hour, to the millisecond, and days long ago are forgotten", () => {
  const history = new DeviceHistory();
  // 05:45 east of Greenwich, as in Nepal.
  const dayMs = Date.UTC(2026, 4, 4, 18, 15);
  history.add(pastTurn("before", "yes", { atMs: dayMs - 1 }));
  history.add(pastTurn("first", "yes", { atMs: dayMs }));
  assertEquals(history.countSince(dayMs), 1);
  history.add(pastTurn("later", "yes", { atMs: dayMs + 60 * HOUR_MS }));
  assertEquals(history.countSince(0), 1);
});

test("apart: it knows no word of the other one, nor the other of it, and both count together", async () => {
  const found = Promise.withResolvers<LoadedHistory>();
  const history = new DeviceHistory(() => found.promise);
  const apart = history.apart();
  let known = false;
  void apart.ready(new AbortController().signal).then(() => known = true);
  await settle();
  assertEquals(known, false);
  found.resolve({ ...nothing, turns: [pastTurn("old", "yes", { atMs: NOW_MS })], summary: "notes" });
  await settle();
  assertEquals(known, true);
  apart.add(pastTurn("secret", "yes", { atMs: NOW_MS }));
  assertEquals([wordsOf(history), wordsOf(apart), apart.summary], [["old"], ["secret"], ""]);
  assertEquals([history.countSince(NOW_MS), apart.countSince(NOW_MS)], [2, 2]);
});
