import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { estimateTokens } from "../../lib/dialogue/context_window.ts";
import { summarize, type SummaryInput, turnsToSummarize } from "../../lib/dialogue/summary.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { NOW_MS, pastTurn, ScriptedLlm, STOP } from "./dialogue_harness.ts";

const HOUR_MS = 3_600_000;
const input: SummaryInput = {
  summary: "Anna likes tea.",
  turns: [pastTurn("I moved to Bonn", "How nice! Bonn is old.", { heardChars: 9, atMs: 5 })],
  language: "en",
};

function run(llm: ScriptedLlm, parts: Partial<SummaryInput> = {}, maxInputTokens?: number) {
  return summarize({ ...input, ...parts }, {
    ask: llm.ask,
    signal: new AbortController().signal,
    clock: new FakeClock(),
    ...(maxInputTokens !== undefined && { maxInputTokens }),
  });
}

test("turnsToSummarize: those older than 30 minutes that are not in it yet", () => {
  const turns = [3, 2, 1, 0.4].map((hours) => pastTurn(`${hours}`, "", { atMs: NOW_MS - hours * HOUR_MS }));
  const due = turnsToSummarize(turns, { nowMs: NOW_MS, summarizedThroughMs: NOW_MS - 3 * HOUR_MS });
  assertEquals(due.map(({ user }) => user), ["2", "1"]);
  assertEquals(turnsToSummarize(turns, { nowMs: NOW_MS, summarizedThroughMs: -Infinity }).length, 3);
  assertEquals(turnsToSummarize(turns, { nowMs: NOW_MS, summarizedThroughMs: NOW_MS }).length, 0);
});

test("summarize: asks with the notes before and what was heard, and gives the new text", async () => {
  const llm = new ScriptedLlm(["Anna likes tea ", "and lives in Bonn.", STOP]);
  assertEquals(await run(llm), {
    type: "summary",
    text: "Anna likes tea and lives in Bonn.",
    throughAtMs: 5,
    turns: 1,
  });
  const [{ question = "", instructions = "" } = {}] = llm.requests;
  assertStringIncludes(question, "Anna likes tea.");
  assertStringIncludes(question, "User: I moved to Bonn\nAssistant: How nice! [interrupted]");
  assertEquals(question.includes("Bonn is old"), false);
  assertStringIncludes(instructions, "1500 characters");
  assertEquals(llm.ended, 1);
});

test("summarize: in Chinese for a Chinese agent", async () => {
  const llm = new ScriptedLlm(["小明喜欢喝茶。", STOP]);
  await run(llm, { language: "zh-CN" });
  assertStringIncludes(llm.requests[0]?.question ?? "", "用户：I moved to Bonn");
});

test("summarize: at most 1,500 characters, whole sentences, and the request ends there", async () => {
  const endless = function* () {
    for (;;) yield "This is a sentence. ";
  };
  const llm = new ScriptedLlm(endless());
  const outcome = await run(llm);
  assert(outcome.type === "summary");
  assert(outcome.text.length <= 1_500 && outcome.text.endsWith("sentence."), outcome.text.slice(-30));
  assertEquals([llm.taken, llm.ended], [76, 1]);
  const noEnd = await run(new ScriptedLlm(["😀x".repeat(2_000), STOP]));
  assert(noEnd.type === "summary" && noEnd.text.isWellFormed() && noEnd.text.length <= 1_500);
});

test("summarize: reads a bounded part from the front, at least one turn, and says how far it came", async () => {
  const turns = Array.from(
    { length: 50 },
    (_, number) => pastTurn(`${number} ${"字".repeat(1_000)}`, "y".repeat(100_000), { atMs: 100 + number }),
  );
  const llm = new ScriptedLlm(["Notes.", STOP], ["Notes.", STOP]);
  const outcome = await run(llm, { turns });
  assert(outcome.type === "summary");
  assertEquals([outcome.turns, outcome.throughAtMs], [2, 101]);
  assert(estimateTokens(llm.requests[0]?.question ?? "") < 3_100);
  const least = await run(llm, { turns }, 1);
  assert(least.type === "summary" && least.turns === 1);
});

test("summarize: refused and empty turns are read without asking", async () => {
  const llm = new ScriptedLlm();
  const turns = [pastTurn("bad", "", { refused: true, atMs: 7 }), pastTurn(" ", "", { atMs: 8 })];
  assertEquals(await run(llm, { turns }), {
    type: "summary",
    text: "Anna likes tea.",
    throughAtMs: 8,
    turns: 2,
  });
  assertEquals(llm.requests.length, 0);
});

test("summarize: too long for the model, it is asked once more with half", async () => {
  const tooLong = new EarshotError("llm.context", "Cannot answer: too long");
  const turns = Array.from({ length: 10 }, (_, number) => pastTurn("字".repeat(600), "", { atMs: number }));
  const llm = new ScriptedLlm([tooLong], ["Notes.", STOP]);
  const outcome = await run(llm, { turns });
  assert(outcome.type === "summary");
  assertEquals(outcome.turns, 3);
  const failed = await run(new ScriptedLlm([tooLong], [tooLong]), { turns });
  assertEquals(failed, { type: "failed", error: tooLong });
});

test("summarize: a failure leaves the old one: an error, nothing, no word, an answer that broke off", async () => {
  const codes = [];
  for (
    const script of [
      [new EarshotError("llm.busy", "Cannot answer: busy")],
      [STOP],
      ["---\n", STOP],
      ["Anna likes", { type: "ended", reason: "truncated" }],
      ["Anna likes"],
    ] as const
  ) {
    const outcome = await run(new ScriptedLlm(script));
    codes.push(outcome.type === "failed" ? outcome.error.code : outcome.type);
  }
  assertEquals(codes, ["llm.busy", "llm.empty", "llm.empty", "llm.disconnected", "llm.disconnected"]);
});

test("summarize: ends at its deadline and by its signal, with the request, and leaves no timer", async () => {
  const clock = new FakeClock();
  const deaf = new Promise(() => {});
  const llm = new ScriptedLlm(["Anna", deaf], ["Anna", deaf]);
  const late = summarize(input, {
    ask: llm.ask,
    signal: new AbortController().signal,
    clock,
    deadlineMs: 5_000,
  });
  await clock.advance(4_999);
  assertEquals(llm.ended, 0);
  await clock.advance(1);
  const outcome = await late;
  assert(outcome.type === "failed" && outcome.error.code === "llm.timeout");
  assertEquals([llm.ended, clock.pending], [1, 0]);

  const controller = new AbortController();
  const left = summarize(input, { ask: llm.ask, signal: controller.signal, clock });
  await settle();
  controller.abort();
  const canceled = await left;
  assert(canceled.type === "failed" && canceled.error.code === "canceled");
  assertEquals([llm.ended, clock.pending], [2, 0]);
});
