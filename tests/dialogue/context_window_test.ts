import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { ContextWindow, estimateTokens } from "../../lib/dialogue/context_window.ts";
import type { LlmRequest } from "../../lib/llm/mod.ts";
import { test } from "../support/test.ts";

function request(question: string, maxTokens = 100): LlmRequest {
  return { instructions: "", history: [], context: "", question, language: "en", maxTokens };
}

test("estimateTokens: 0.3 a Latin character, 0.8 a Chinese one", () => {
  assertAlmostEquals(estimateTokens("abcde"), 1.5);
  assertAlmostEquals(estimateTokens("你好吗"), 2.4);
  assertAlmostEquals(estimateTokens("ok 好"), 1.7);
});

test("ContextWindow: what is left for the history is the window less the answer and the other texts", () => {
  const window = new ContextWindow({ contextTokens: 1_000, maxAnswerTokens: 200 });
  assertAlmostEquals(window.historyTokens(["x".repeat(100)], 0), 1_000 - 200 - 34);
  assertEquals(window.historyTokens(["x".repeat(100_000)], 0), 0);
});

test("ContextWindow: an answer takes at most half of a small window", () => {
  assertEquals(new ContextWindow({ contextTokens: 512 }).answerTokens(0), 256);
  assertEquals(new ContextWindow().answerTokens(0), 1_024);
});

test("ContextWindow: the estimate is scaled by the last usage, within bounds", () => {
  const window = new ContextWindow();
  const words = "x".repeat(20);
  const before = window.tokensOf(words);
  const asked = request("x".repeat(1_000));
  // 300 for the question and 4 for each of three messages.
  window.learnUsage(asked, 624);
  assertAlmostEquals(window.tokensOf(words), before * 2);
  window.learnUsage(asked, 624);
  assertAlmostEquals(window.tokensOf(words), before * 2);
  window.learnUsage(asked, 1e9);
  assertAlmostEquals(window.tokensOf(words), before * 4);
  window.learnUsage(asked, 1);
  assertAlmostEquals(window.tokensOf(words), before / 2);
  for (const nothing of [0, -1, NaN]) window.learnUsage(asked, nothing);
  assertAlmostEquals(window.tokensOf(words), before / 2);
});

test("ContextWindow: a learned limit holds for an hour, and never raises the window", () => {
  const window = new ContextWindow({ contextTokens: 4_000, maxAnswerTokens: 100 });
  window.learnLimit(request("x".repeat(1_000)), 0);
  assertAlmostEquals(window.historyTokens([], 1), 312);
  assertAlmostEquals(window.historyTokens([], 3_599_999), 312);
  assertEquals(window.historyTokens([], 3_600_000), 3_900);
  window.learnLimit(request("x".repeat(100_000)), 0);
  assert(window.historyTokens([], 1) <= 3_900);
});
