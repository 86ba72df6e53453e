import { assertEquals, assertThrows } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import type { LlmEvent } from "../../../lib/llm/mod.ts";
import { ChatReader } from "../../../lib/llm/providers/chat_reader.ts";
import { test } from "../../support/test.ts";

const SERVICE = { family: "llm", name: "x" } as const;
const reader = (options: { readonly thinkTags?: boolean; readonly thoughtsAnswer?: boolean } = {}) =>
  new ChatReader({
    service: SERVICE,
    thinkTags: false,
    thoughtsAnswer: false,
    unquoted: (words) => words,
    ...options,
  });

/** What is said, and the events at the end. */
function read(
  values: readonly unknown[],
  options: Parameters<typeof reader>[0] = {},
): readonly [string, ...LlmEvent[]] {
  const reading = reader(options);
  const said = values.map((value) =>
    reading.take({ type: "data", data: typeof value === "string" ? value : JSON.stringify(value) })
  );
  return [said.join(""), ...reading.conclude()];
}
const code = (values: readonly unknown[], options: Parameters<typeof reader>[0] = {}) =>
  assertThrows(() => read(values, options), EarshotError).code;
const delta = (delta: unknown, more: object = {}) => ({ choices: [{ index: 0, delta, ...more }] });
const said = (content: unknown, finish?: unknown) => ({
  choices: [{ delta: { content }, finish_reason: finish }],
});
const STOP = { type: "ended", reason: "stop" } as const;
const ENDED = { type: "ended", reason: "truncated" } as const;

test("ChatReader: choices and deltas may be absent, null or empty; content is a text, parts, null or missing", () => {
  assertEquals(
    read([
      {},
      { choices: null },
      { choices: [] },
      { choices: [{}] },
      { choices: [{ delta: null }] },
      delta({}),
      delta({ role: "assistant", content: null }),
      delta({ role: null, content: "" }),
      said("Good "),
      said([{ type: "text", text: "morn" }, { type: "thinking", thinking: [] }, {
        type: "text",
        text: "ing",
      }]),
      delta({ refusal: "." }),
      delta({ tool_calls: [{ index: 0, function: { name: "f", arguments: "{}" } }] }),
      said(undefined, "stop"),
      "[DONE]",
      said("late"),
    ]),
    ["Good morning.", STOP],
  );
});

test("ChatReader: the reason may come alone, with the last text, be unknown, or never come", () => {
  assertEquals(read([said("a", "stop")]), ["a", STOP]);
  assertEquals(read([said("a"), said("", ""), said("", "eos")]), ["a", STOP]);
  assertEquals(read([said("a"), "[DONE]"]), ["a", STOP]);
  assertEquals(read([said("a"), " [DONE] "]), ["a", STOP]);
  assertEquals(read([said("a", "tool_calls")]), ["a", STOP]);
  assertEquals(read([said("a", "length"), "[DONE]"]), ["a", { type: "ended", reason: "length" }]);
  assertEquals(read([said("a", "model_context_window_exceeded")]), ["a", {
    type: "ended",
    reason: "length",
  }]);
  assertEquals(read([said("a")]), ["a", ENDED]);
  for (const finish of ["network_error", "abort", "insufficient_system_resource"]) {
    assertEquals(read([said("a", finish), "[DONE]"]), ["a", ENDED], finish);
  }
});

test("ChatReader: what an end without a word means", () => {
  assertEquals(code([]), "llm.empty");
  assertEquals(code(["[DONE]"]), "llm.empty");
  assertEquals(code([said(" \n", "stop")]), "llm.empty");
  assertEquals(code([said("", "length")]), "llm.empty");
  assertEquals(code([delta({ tool_calls: [{}] }), said(null, "tool_calls")]), "llm.empty");
  assertEquals(code([delta({ reasoning_content: "Hm." }), said("", "stop")]), "llm.empty");
  assertEquals(code([said("<think>Hm.", "stop")]), "llm.empty");
  assertEquals(code([said("", "model_context_window_exceeded")]), "llm.context");
  assertEquals(code([said("", "network_error")]), "llm.failed");
  assertEquals(code([said("", "insufficient_system_resource")]), "llm.throttled");
  assertEquals(code(["{", "not json", "[DONE]"]), "llm.protocol");
  for (const finish of ["content_filter", "sensitive"]) {
    assertEquals(code([said("", finish)]), "llm.content");
    assertEquals(code([said("a", finish)]), "llm.content");
  }
});

test("ChatReader: what is no JSON, or of another shape, is left out", () => {
  assertEquals(read(["{", said("a"), { choices: "x" }, "", "null", said("b", "stop")]), ["ab", STOP]);
});

test("ChatReader: the last count of tokens counts, wherever it is", () => {
  const usage = (prompt_tokens: unknown, completion_tokens: unknown) => ({
    usage: { prompt_tokens, completion_tokens },
  });
  const counted = { type: "usage", promptTokens: 7, answerTokens: 3 } as const;
  assertEquals(read([{ ...said("a"), ...usage(7, 1) }, { ...said("", "stop"), ...usage(7, 3) }]), [
    "a",
    counted,
    STOP,
  ]);
  assertEquals(read([said("a", "stop"), { choices: [], ...usage(7, 3) }, "[DONE]"]), ["a", counted, STOP]);
  assertEquals(read([{ ...said("a", "stop"), usage: null }]), ["a", STOP]);
  assertEquals(read([said("a", "stop"), usage(null, "x")]), ["a", {
    ...counted,
    promptTokens: 0,
    answerTokens: 0,
  }, STOP]);
});

test("ChatReader: an error in whatever shape, by name or by what it is", () => {
  const failing = (data: string, event?: string) =>
    assertThrows(
      () => reader().take({ type: "data", data, ...(event !== undefined && { event }) }),
      EarshotError,
    );
  assertEquals(failing('{"error":{"code":429,"message":"m"}}').code, "llm.throttled");
  assertEquals(failing('{"error":"boom"}').code, "llm.failed");
  assertEquals(failing('{"code":"1302","message":"m"}').code, "llm.throttled");
  assertEquals(failing("it broke", "error").code, "llm.failed");
  assertEquals(failing('{"message":"prompt is too long"}', "error").code, "llm.context");
  assertEquals(read([{ ...said("a", "stop"), error: null }]), ["a", STOP]);
});

test("ChatReader: an answer that comes whole, and what is none", () => {
  const whole = (body: string) => {
    const reading = reader();
    return [reading.takeWhole(body), ...reading.conclude()];
  };
  assertEquals(whole('{"choices":[{"message":{"content":"a"}}]}'), ["a", STOP]);
  assertEquals(whole('{"choices":[{"message":{"content":"<think>x</think>a"},"finish_reason":"length"}]}'), [
    "a",
    { type: "ended", reason: "length" },
  ]);
  for (
    const [body, code] of [
      ["", "llm.protocol"],
      ["<html>Sign in</html>", "llm.protocol"],
      ["[]", "llm.protocol"],
      ["{}", "llm.empty"],
      ['{"choices":[]}', "llm.empty"],
      ['{"error":{"code":"1113","message":"m"}}', "llm.quota"],
      ['{"code":20012,"message":"Model does not exist","data":null}', "llm.config"],
    ] as const
  ) assertEquals(assertThrows(() => whole(body), EarshotError).code, code, body);
});

test("ChatReader: a message that repeats the answer is not said twice, and one that is all of it is said", () => {
  const message = { choices: [{ message: { content: "ab" }, finish_reason: "stop" }] };
  assertEquals(read([said("a"), said("b"), message]), ["ab", STOP]);
  assertEquals(read([delta({}), message]), ["ab", STOP]);
});

test("ChatReader: thoughts are the answer only where the server was told not to think, and nothing else came", () => {
  const thoughts = [delta({ reasoning: "Good " }), delta({ reasoning: "morning." }), said("", "stop")];
  assertEquals(read(thoughts, { thoughtsAnswer: true }), ["", { type: "text", text: "Good morning." }, STOP]);
  assertEquals(code(thoughts), "llm.empty");
  assertEquals(read([...thoughts.slice(0, 2), said("Hi.", "stop")], { thoughtsAnswer: true }), ["Hi.", STOP]);
  assertEquals(code([delta({ reasoning: "Hm" }), said("", "length")], { thoughtsAnswer: true }), "llm.empty");
  assertEquals(code([delta({ reasoning: "Hm" })], { thoughtsAnswer: true }), "llm.empty");
});

test("ChatReader: without the opening tag nothing is said before the closing one", () => {
  const options = { thinkTags: true };
  assertEquals(read([said("Hm. "), said("</think>\n"), said("Hi.", "stop")], options), ["Hi.", STOP]);
  assertEquals(read([said("Hi."), said("", "stop")], options), ["", { type: "text", text: "Hi." }, STOP]);
  assertEquals(code([said("Hm."), said("", "length")], options), "llm.empty");
  assertEquals(code([said("Hm.")], options), "llm.empty");
});
