import { assertEquals, assertThrows } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { llmCapabilitiesOf, llmConfig, type LlmEvent } from "../../../lib/llm/mod.ts";
import { AnthropicReader } from "../../../lib/llm/providers/anthropic_reader.ts";
import { retryAfterOf } from "../../../lib/llm/retry_after.ts";
import { AnswererRig, type AnswererRigOptions } from "../../support/answerer_rig.ts";
import { anthropic, ANTHROPIC_KEY } from "../../support/emulators/anthropic.ts";
import { openLlm, questionOf, textOf } from "../../support/open_llm.ts";
import { test } from "../../support/test.ts";

const DEFAULT = "Good morning. How are you?";
const open = ({ block, ...options }: Partial<AnswererRigOptions> = {}) =>
  AnswererRig.open({
    type: "anthropic",
    dialect: anthropic(),
    block: { model: "m", ...block },
    secrets: { apiKey: ANTHROPIC_KEY },
    ...options,
  });

/** What is said of these events, and what comes at the end. */
function read(events: readonly unknown[]): readonly [string, ...LlmEvent[]] {
  const reader = new AnthropicReader({
    service: { family: "llm", name: "x" },
    unquoted: (words) => words,
  });
  const said = events.map((event) => reader.take({ type: "data", data: JSON.stringify(event) }));
  return [said.join(""), ...reader.conclude()];
}
const delta = (delta: unknown) => ({ type: "content_block_delta", index: 0, delta });
const text = (text: string) => delta({ type: "text_delta", text });
const STOP = { type: "message_delta", delta: { stop_reason: "end_turn" } };

test("anthropic: the fields of a request: the key and the version in its headers, the instructions apart", async () => {
  await using rig = await open({ block: { temperature: 0.3, maxTokens: 100, extra: { top_p: 0.9 } } });
  assertEquals(await rig.ask("And now?", { instructions: "Be short.", context: "It is noon." }), DEFAULT);
  const { body, headers } = rig.emulator.questions[0] ?? {};
  assertEquals(body, {
    model: "m",
    max_tokens: 100,
    system: "Be short.",
    messages: [{ role: "user", content: "It is noon.\n\nAnd now?" }],
    stream: true,
    temperature: 0.3,
    thinking: { type: "disabled" },
    top_p: 0.9,
  });
  assertEquals([headers?.["x-api-key"], headers?.["anthropic-version"]], [ANTHROPIC_KEY, "2023-06-01"]);
});

test("anthropic: a model that may think has room for it, takes no temperature, and its thoughts are signs of life", async () => {
  await using rig = await open({
    block: { thinking: "on", temperature: 0.3 },
    behavior: { thoughts: "Let me see." },
  });
  const events = await rig.events();
  assertEquals([textOf(events), events[1]], [DEFAULT, { type: "alive" }]);
  const { body, thought } = rig.emulator.questions[0] ?? {};
  assertEquals([thought, body?.["max_tokens"], body?.["temperature"]], [true, 512 + 1_024, undefined]);
});

test("anthropic: why an answer ends", async () => {
  for (
    const [reason, end, without] of [
      ["end_turn", "stop", "llm.empty"],
      ["stop_sequence", "stop", "llm.empty"],
      ["tool_use", "stop", "llm.empty"],
      ["something_new", "stop", "llm.empty"],
      ["max_tokens", "length", "llm.empty"],
      ["model_context_window_exceeded", "length", "llm.context"],
      ["pause_turn", "truncated", "llm.empty"],
      ["refusal", "llm.content", "llm.content"],
    ] as const
  ) {
    await using rig = await open({ behavior: { finish: reason } });
    assertEquals([reason, await rig.end()], [reason, end]);
    rig.emulator.behavior = { finish: reason, answer: [] };
    assertEquals([reason, await rig.end()], [reason, without]);
  }
});

test("anthropic: only text is said, not thoughts, tools and their arguments, and fields may be absent", () => {
  assertEquals(
    read([
      { type: "message_start" },
      { type: "message_start", message: { usage: null } },
      { type: "ping" },
      { type: "content_block_start", content_block: { type: "thinking", thinking: "Hm" } },
      delta({ type: "thinking_delta", thinking: "Let me see." }),
      delta({ type: "signature_delta", signature: "EqQB" }),
      { type: "content_block_start", content_block: { type: "redacted_thinking", data: "x" } },
      { type: "content_block_start", content_block: { type: "server_tool_use", name: "search", input: {} } },
      delta({ type: "input_json_delta", partial_json: '{"text":"no"}' }),
      { type: "content_block_start", content_block: { type: "text", text: "Good " } },
      text("morning"),
      delta({ type: "citations_delta", citation: { cited_text: "no" } }),
      { type: "content_block_delta" },
      { type: "content_block_start" },
      text("."),
      { type: "content_block_stop", index: 0 },
      { type: "later_event", delta: { text: "no" } },
      STOP,
      { type: "message_stop" },
      text("late"),
    ]),
    ["Good morning.", { type: "ended", reason: "stop" }],
  );
  assertEquals(read([text("<think>Hm.</th"), text("ink>Hello."), STOP])[0], "Hello.");
});

test("anthropic: what the model read from a cache was sent as well, and the last counts count", () => {
  const usage = { input_tokens: 10, cache_read_input_tokens: 100, cache_creation_input_tokens: 20 };
  assertEquals(
    read([
      { type: "message_start", message: { usage: { ...usage, output_tokens: 1 } } },
      text("Yes."),
      { ...STOP, usage: { output_tokens: 7 } },
    ]).slice(1),
    [{ type: "usage", promptTokens: 130, answerTokens: 7 }, { type: "ended", reason: "stop" }],
  );
});

test("anthropic: events that are of another protocol, and none at all", () => {
  assertEquals(assertThrows(() => read([{ choices: [] }]), EarshotError).code, "llm.protocol");
  assertEquals(assertThrows(() => read([]), EarshotError).code, "llm.empty");
  assertEquals(read([text("Half of")]), ["Half of", { type: "ended", reason: "truncated" }]);
});

test("anthropic: an overloaded service may be asked again, when it says so; in its stream after a word it is an error", async () => {
  await using rig = await open({
    behavior: { fault: { what: "refuse", kind: "loading", headers: { "retry-after": "1" } } },
  });
  const error = await rig.failure();
  assertEquals([error.code, error.retryable, retryAfterOf(error)], ["llm.throttled", true, 1_000]);
  rig.emulator.behavior = { fault: { what: "error", kind: "loading", afterTokens: 2 } };
  assertEquals(await rig.end(), "llm.throttled");
  const body = JSON.stringify({ type: "error", error: { type: "api_error", message: "Internal" } });
  rig.emulator.behavior = { fault: { what: "answer", status: 200, type: "application/json", body } };
  assertEquals(await rig.end(), "llm.failed");
});

test("anthropic: a model that takes no word on thinking is asked without it from then on", async () => {
  await using rig = await open({ behavior: { refusedFields: ["thinking"] } });
  assertEquals([await rig.ask(), await rig.ask()], [DEFAULT, DEFAULT]);
  assertEquals(rig.emulator.questions.map(({ body }) => "thinking" in body), [true, false, false]);
});

test("anthropic: nothing of the conversation, of the device or of the key is in an error", async () => {
  const secret = "the code of my alarm is 4711";
  const device = "02:00:00:aa:bb:cc";
  const message = `cannot take '${secret}' of ${device} with ${ANTHROPIC_KEY}`;
  const body = JSON.stringify({ type: "error", error: { type: "invalid_request_error", message } });
  for (const status of [400, 200]) {
    await using rig = await open({
      behavior: { fault: { what: "answer", status, type: "application/json", body } },
    });
    const { message: words } = await rig.failure(secret, { conversation: device });
    assertEquals([words.includes("4711"), words.includes(device), words.includes(ANTHROPIC_KEY)], [
      false,
      false,
      false,
    ]);
  }
});

test("anthropic: a url may end with a slash, the version, or have the whole path", async () => {
  await using rig = await open();
  for (const suffix of ["", "/", "/v1", "/v1/", "/v1/messages"]) {
    const provider = await openLlm({ type: "anthropic", url: `${rig.emulator.url}${suffix}`, model: "m" }, {
      secrets: { apiKey: ANTHROPIC_KEY },
    });
    const events = await Array.fromAsync(
      provider.answer(questionOf("Hi"), new AbortController().signal),
    );
    assertEquals([suffix, textOf(events)], [suffix, DEFAULT]);
    await provider.close?.();
  }
});

test("anthropic: capabilities, and what the config takes", () => {
  const of = (block: object) => {
    const { stateless, acts, local, maxConcurrent, contextTokens } = llmCapabilitiesOf({
      type: "anthropic",
      model: "m",
      ...block,
    });
    return [stateless, acts, local, maxConcurrent, contextTokens];
  };
  assertEquals(of({}), [true, undefined, false, 8, undefined]);
  assertEquals(of({ url: "http://nas:8080", contextTokens: 4_096 }), [true, undefined, true, 4, 4_096]);
  const fault = (block: object) =>
    llmConfig.safeParse({ x: { type: "anthropic", ...block } }).error?.issues[0]?.path;
  assertEquals(fault({}), ["x", "model"]);
  assertEquals(fault({ model: "m" }), undefined);
  assertEquals(fault({ model: "m", temperature: 1.5 }), ["x", "temperature"]);
  assertEquals(fault({ model: "m", extra: { system: "x" } }), ["x", "extra"]);
});
