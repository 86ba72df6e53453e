import { assert, assertEquals } from "@std/assert";
import type { PastTurn } from "../../lib/dialogue/contract.ts";
import { ContextWindow } from "../../lib/dialogue/context_window.ts";
import { fitHistory, heardAnswer, recentTalk, tokensOfHistory } from "../../lib/dialogue/history.ts";
import fc from "../support/fast_check.ts";
import { test } from "../support/test.ts";
import { NOW_MS, pastTurn } from "./dialogue_harness.ts";

const window = new ContextWindow();
const tokensOf = (text: string) => window.tokensOf(text);

function told(turns: readonly PastTurn[], maxTokens = Infinity) {
  const { messages, unanswered } = fitHistory(recentTalk(turns, NOW_MS), { maxTokens, tokensOf });
  return { said: messages.map(({ role, content }) => `${role}: ${content}`), unanswered };
}

test("recentTalk: turns that were heard alternate, the user's first", () => {
  assertEquals(told([pastTurn("Hi", "Hello."), pastTurn("How are you?", "Fine.")]), {
    said: ["user: Hi", "assistant: Hello.", "user: How are you?", "assistant: Fine."],
    unanswered: "",
  });
});

test("recentTalk: of an interrupted answer only what was heard is told, with the mark", () => {
  const answer = "One. Two. Three.";
  assertEquals(told([pastTurn("Count", answer, { heardChars: 9 })]).said, [
    "user: Count",
    "assistant: One. Two. [interrupted]",
  ]);
});

test("recentTalk: an answer that was not heard leaves no message, and its question joins the next one", () => {
  const turns = [
    pastTurn("Who was Ada?", "A mathematician.", { heardChars: 0 }),
    pastTurn("No, Ada Lovelace", "She wrote the first program."),
    pastTurn("And Babbage?", ""),
    pastTurn("Charles", "   ", { heardChars: 2 }),
  ];
  assertEquals(told(turns), {
    said: ["user: Who was Ada?\nNo, Ada Lovelace", "assistant: She wrote the first program."],
    unanswered: "And Babbage?\nCharles",
  });
});

test("recentTalk: an unanswered text that is said again stands there once", () => {
  const turns = [pastTurn("What time is it?", ""), pastTurn("what time is it", "")];
  assertEquals(told(turns).unanswered, "What time is it?");
});

test("recentTalk: a refused turn is left out, with the unanswered texts that were asked with it", () => {
  const turns = [
    pastTurn("Hi", "Hello."),
    pastTurn("Something bad", ""),
    pastTurn("Well?", "I", { refused: true }),
  ];
  assertEquals(told(turns), { said: ["user: Hi", "assistant: Hello."], unanswered: "" });
});

test("recentTalk: what was said unasked follows the answer before, and is left out where there is none", () => {
  assertEquals(
    told([pastTurn("", "Good morning!"), pastTurn("Hi", "Hello."), pastTurn("", "Still there?")]).said,
    [
      "user: Hi",
      "assistant: Hello.\nStill there?",
    ],
  );
});

test("recentTalk: turns of the last 30 minutes, at most 20", () => {
  const old = pastTurn("old", "answer", { atMs: NOW_MS - 30 * 60_000 - 1 });
  const edge = pastTurn("edge", "answer", { atMs: NOW_MS - 30 * 60_000 });
  assertEquals(told([old, edge]).said, ["user: edge", "assistant: answer"]);
  const many = Array.from({ length: 25 }, (_, number) => pastTurn(`question ${number}`, "answer"));
  const { said } = told(many);
  assertEquals(said.length, 40);
  assertEquals(said[0], "user: question 5");
});

test("fitHistory: whole turns are dropped from the front", () => {
  const turns = [pastTurn("a".repeat(100), "b".repeat(100)), pastTurn("c".repeat(100), "d".repeat(100))];
  const one = 2 * tokensOf("c".repeat(100));
  assertEquals(told(turns, one).said.length, 2);
  assertEquals(told(turns, one - 1).said, []);
  assertEquals(told(turns, 2 * one).said.length, 4);
  // A small one before one that does not fit is no part of the conversation any more.
  assertEquals(told([pastTurn("a", "b"), ...turns.slice(1)], one - 1).said, []);
});

test("heardAnswer: what is cut never ends in half a character", () => {
  assertEquals(heardAnswer({ answer: "Hi 😀 there", heardChars: 4 }), "Hi [interrupted]");
  assertEquals(heardAnswer({ answer: "Hi there", heardChars: NaN }), "");
  assertEquals(heardAnswer({ answer: "Hi there \n", heardChars: 8 }), "Hi there");
});

test("history: valid, alternating and within its bound, whatever the turns", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.string({ unit: "grapheme", maxLength: 30 }),
    fc.constantFrom(
      "",
      " ",
      "\ud800",
      "a\udc00b",
      "\0",
      "😀",
      "？",
      "你好",
      "x".repeat(100_000),
      "字".repeat(20_000),
    ),
  );
  const turn = fc.record({
    user: text,
    answer: text,
    heardChars: fc.oneof(fc.integer({ min: -1, max: 40 }), fc.constantFrom(NaN, Infinity)),
    atMs: fc.oneof(fc.integer({ min: NOW_MS - 40 * 60_000, max: NOW_MS + 60_000 }), fc.constant(NaN)),
    refused: fc.boolean(),
  });
  const property = fc.property(
    fc.array(turn, { maxLength: 40 }),
    fc.oneof(fc.integer({ min: -10, max: 5_000 }), fc.constant(Infinity)),
    (turns, maxTokens) => {
      const history = fitHistory(recentTalk(turns, NOW_MS), { maxTokens, tokensOf });
      const { messages, unanswered } = history;
      messages.forEach(({ role, content }, place) => {
        assertEquals(role, place % 2 === 0 ? "user" : "assistant");
        assert(content.trim() !== "", "a message is empty");
        assert(content.isWellFormed(), "a message has half a character");
      });
      assertEquals(messages.length % 2, 0);
      assert(messages.length <= 40);
      assert(unanswered.isWellFormed());
      assert(tokensOfHistory(history, tokensOf) <= Math.max(0, maxTokens));
    },
  );
  fc.assert(property, { numRuns: 1_000 });
});
