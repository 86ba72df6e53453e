import { assert, assertEquals, assertThrows } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { llmCapabilitiesOf, llmConfig, type LlmEvent } from "../../../lib/llm/mod.ts";
import { WebhookReader } from "../../../lib/llm/providers/webhook_reader.ts";
import { AnswererRig, type AnswererRigOptions, GOES_ON } from "../../support/answerer_rig.ts";
import { webhook, WEBHOOK_PATH, WEBHOOK_SECRET } from "../../support/emulators/webhook.ts";
import { openLlm, questionOf, textOf } from "../../support/open_llm.ts";
import { test } from "../../support/test.ts";

const DEFAULT = "Good morning. How are you?";
const open = (options: Partial<AnswererRigOptions> = {}) =>
  AnswererRig.open({
    type: "webhook",
    dialect: webhook(),
    secrets: { secret: WEBHOOK_SECRET },
    ...options,
    block: { header: "X-Secret", ...options.block },
  });
const idsOf = ({ emulator }: AnswererRig) =>
  emulator.questions.map(({ body }) => String(body["conversation"]));

const readerOf = (contentType = "") =>
  new WebhookReader({ service: { family: "llm", name: "x" }, contentType, unquoted: (words) => words });
/** What is said of this body, and what comes at the end. */
function read(body: string, contentType?: string): readonly [string, ...LlmEvent[]] {
  const reader = readerOf(contentType);
  const said = body.split("\n").map((line) => reader.take(line));
  const events = reader.conclude();
  return [said.join("") + textOf(events), ...events.filter(({ type }) => type !== "text")];
}
const codeOf = (body: string, contentType?: string) =>
  assertThrows(() => read(body, contentType), EarshotError).code;
const lines = (...parts: readonly unknown[]) => parts.map((part) => JSON.stringify(part)).join("\n");
const BEGIN = { type: "begin", metadata: { nodeId: "a" } };
const END = { type: "end", metadata: { nodeId: "a" } };
const item = (content: unknown) => ({ type: "item", content });
const STOP = { type: "ended", reason: "stop" } as const;
const BROKEN = { type: "ended", reason: "truncated" } as const;

test("webhook: what goes out: the question, the device, the language, the conversation, and the secret in its header", async () => {
  await using rig = await open();
  const before = { instructions: "Be short.", context: "It is noon.", conversation: "02:00:00:aa:bb:cc" };
  assertEquals(await rig.ask("And now?", { ...GOES_ON, ...before, language: "zh-CN" }), DEFAULT);
  const { body, headers } = rig.emulator.questions[0] ?? {};
  const { conversation, ...others } = body ?? {};
  assertEquals(others, { text: "And now?", device: "02:00:00:aa:bb:cc", language: "zh-CN" });
  assertEquals([typeof conversation, headers?.["x-secret"]], ["string", WEBHOOK_SECRET]);
  assertEquals(headers?.["accept"], "application/x-ndjson, application/json, text/plain");
});

test("webhook: its fields may have other names and others beside them, and the secret its usual header or none", async () => {
  await using rig = await open();
  // Strict as it is, it says what was sent.
  const sent = async (block: Readonly<Record<string, unknown>>, secrets = {}) => {
    const provider = await openLlm({ type: "webhook", url: rig.emulator.url, ...block }, { secrets });
    await Array.fromAsync(provider.answer(questionOf("Hi"), new AbortController().signal)).catch(() => {});
    await provider.close?.();
    rig.emulator.violations.length = 0;
    return rig.emulator.questions.at(-1);
  };
  const block = {
    header: "X-Secret",
    fields: { text: "chatInput", conversation: "sessionId" },
    extra: { action: "sendMessage" },
  };
  const { sessionId, ...body } = (await sent(block, { secret: WEBHOOK_SECRET }))?.body ?? {};
  assertEquals([body, typeof sessionId], [
    { action: "sendMessage", chatInput: "Hi", device: "kitchen", language: "en" },
    "string",
  ]);
  assertEquals((await sent({}, { secret: "Bearer abc" }))?.headers.authorization, "Bearer abc");
  assertEquals((await sent({}))?.headers.authorization, undefined);
});

test("webhook: each device has a conversation; what is erased, or where nothing was said, begins anew", async () => {
  await using rig = await open();
  await rig.ask("one");
  await rig.ask("one", { conversation: "hall" });
  await rig.ask("two", GOES_ON);
  await rig.ask("two", { ...GOES_ON, conversation: "hall" });
  rig.provider.forget?.("kitchen");
  await rig.ask("three", GOES_ON);
  await rig.ask("four", { conversation: "hall" });
  const [kitchen = "", hall = "", ...others] = idsOf(rig);
  assertEquals(others.slice(0, 2), [kitchen, hall]);
  assertEquals(new Set([kitchen, hall, ...others]).size, 4);
});

test("webhook: words are told as their lines come", async () => {
  await using rig = await open({ behavior: { fault: { what: "hang", at: 2 } } });
  let said = "";
  for await (const event of rig.provider.answer(questionOf("Hi"), new AbortController().signal)) {
    if (event.type === "text") said += event.text;
    if (said === "Good morning.") break;
  }
  assertEquals(rig.emulator.questions[0]?.tokens, 2);
});

test("WebhookReader: an answer in JSON, however it is wrapped", () => {
  for (
    const value of [
      { output: "Yes." },
      { text: "Yes." },
      { answer: "Yes." },
      { output: "Yes.", text: "no", answer: "no" },
      { output: null, text: "Yes." },
      [{ output: "Yes." }],
      [{ other: 1 }, { output: "Yes." }],
      { output: { answer: "Yes." } },
      { output: [{ text: "Yes." }] },
      { message: "no", answer: "Yes." },
      "Yes.",
    ]
  ) {
    assertEquals([value, read(JSON.stringify(value))], [value, ["Yes.", STOP]]);
    assertEquals([value, read(JSON.stringify(value, null, 2))], [value, ["Yes.", STOP]]);
  }
  assertEquals(read("21"), ["21", STOP]);
  assertEquals(read('[{"output":"One."},{"output":"Two."}]'), ["One.\nTwo.", STOP]);
  assertEquals(read('\n\n{"output":"<think>Hm.</think>Yes."}\n'), ["Yes.", STOP]);
});

test("WebhookReader: an answer in text; a page, broken JSON and JSON without an answer are none", () => {
  assertEquals(read("Yes.\nIt is.", "text/html; charset=utf-8"), ["Yes.\nIt is.", STOP]);
  assertEquals(read("Yes.", "text/plain"), ["Yes.", STOP]);
  assertEquals(read("Yes."), ["Yes.", STOP]);
  for (
    const [body, contentType, expected] of [
      ["<!doctype html><p>Sign in", "text/html", "llm.protocol"],
      ["<html><p>Sign in", "text/html", "llm.protocol"],
      ['{"output":"Half of', "text/plain", "llm.protocol"],
      ["Yes.", "application/json", "llm.protocol"],
      ["{}", "", "llm.protocol"],
      ["[{}]", "", "llm.protocol"],
      ["true", "", "llm.protocol"],
      ["null", "", "llm.protocol"],
      ['{"message":"Workflow was started"}', "", "llm.protocol"],
      ['{"output":{"output":{"output":{"output":{"output":"deep"}}}}}', "", "llm.protocol"],
      ['{"error":{"message":"Error in workflow"}}', "", "llm.failed"],
      ['{"code":404,"message":"not registered"}', "", "llm.config"],
      ['{"type":"error","error":{"message":"no"}}', "", "llm.failed"],
      ['{"type":"any","error":"no"}', "", "llm.failed"],
      ["", "", "llm.empty"],
      [" \n\n", "", "llm.empty"],
      ["[]", "", "llm.empty"],
      ['{"output":""}', "", "llm.empty"],
      ['{"output":"<think>Hm."}', "", "llm.empty"],
    ] as const
  ) assertEquals([body, codeOf(body, contentType)], [body, expected]);
  assertEquals(codeOf("x\n".repeat(40_000)), "llm.protocol");
});

test("WebhookReader: lines that begin, go on, end and fail", () => {
  assertEquals(read(lines(BEGIN, item("Good "), item("morning."), END)), ["Good morning.", STOP]);
  assertEquals(read(`\n\n${lines(BEGIN, item("Yes."))}\n\n${lines(END)}\n`), ["Yes.", STOP]);
  assertEquals(read(lines(item("Yes."))), ["Yes.", BROKEN]);
  assertEquals(read(lines(BEGIN, item("Half of"))), ["Half of", BROKEN]);
  assertEquals(read(lines(item(21), item(null), item(undefined), item({}), END)), ["21", STOP]);
  // What is not known of it is not said.
  const unknown = { type: "tool-call-start", content: "no", name: "search" };
  assertEquals(read(lines(unknown, BEGIN, unknown, item("Yes."), { content: "no" }, END)), ["Yes.", STOP]);
  assertEquals(read(`${lines(BEGIN)}\nno JSON\n${lines(item("Yes."), END)}`), ["Yes.", STOP]);
  assertEquals(codeOf(lines(BEGIN, END)), "llm.empty");
  assertEquals(codeOf(lines(BEGIN)), "llm.empty");
  assertEquals(codeOf(lines(BEGIN, { type: "error", content: "Error in workflow" })), "llm.failed");
  assertEquals(codeOf(lines(item("Half"), { type: "error", content: "429 rate limit" })), "llm.failed");
  assertEquals(codeOf(lines({ type: "error", content: "maximum context length" })), "llm.context");
});

test("WebhookReader: a flow in which several nodes answer ends with the last of them", () => {
  const reader = readerOf();
  const waits = (...parts: readonly unknown[]) =>
    parts.map((part) => {
      reader.take(JSON.stringify(part));
      return reader.waitMs;
    });
  assertEquals(waits(BEGIN, item("a"), BEGIN, item("b"), END), [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(waits(END, BEGIN, item("c"), END), [1_000, undefined, undefined, 1_000]);
  assertEquals(reader.conclude(), [STOP]);
});

test("webhook: nothing of the question, of the device, of the conversation or of its path is in an error", async () => {
  await using rig = await open();
  const secret = "the code of my alarm is 4711";
  const conversation = "02:00:00:aa:bb:cc";
  await rig.ask("one", { conversation });
  const [id = ""] = idsOf(rig);
  const message = `cannot take '${secret}' of ${conversation} in ${id} at ${WEBHOOK_PATH}`;
  const hidden = ["4711", conversation, id, WEBHOOK_PATH.slice(9), WEBHOOK_SECRET];
  for (
    const [status, body] of [
      [404, JSON.stringify({ code: 404, message })],
      [200, JSON.stringify({ error: { message } })],
      [200, JSON.stringify({ type: "error", content: message })],
    ] as const
  ) {
    rig.emulator.behavior = { fault: { what: "answer", status, type: "application/json", body } };
    const { message: told } = await rig.failure(secret, { ...GOES_ON, conversation });
    for (const word of hidden) assert(!told.includes(word), told);
    assert(told.includes("cannot take '…' of …"), told);
  }
  rig.emulator.behavior = { fault: { what: "refuse", kind: "model" } };
  const { code, message: told } = await rig.failure();
  assertEquals([code, told.includes(WEBHOOK_PATH.slice(9))], ["llm.config", false]);
});

test("webhook: capabilities, and what the config takes", () => {
  const block = { type: "webhook", url: "http://nas:5678/webhook/voice" };
  const { stateless, acts, local, maxConcurrent } = llmCapabilitiesOf(block);
  assertEquals([stateless, acts, local, maxConcurrent], [false, true, true, 4]);
  const fault = (block: object) =>
    llmConfig.safeParse({ x: { type: "webhook", ...block } }).error?.issues[0]?.path;
  const { url } = block;
  assertEquals(fault({}), ["x", "url"]);
  assertEquals(fault({ url }), undefined);
  assertEquals(fault({ url, header: "X Secret" }), ["x", "header"]);
  assertEquals(fault({ url, secret: "abc" }), ["x", "secret"]);
  assertEquals(fault({ url, fields: { text: "device" } }), ["x", "fields"]);
  assertEquals(fault({ url, fields: { txt: "q" } }), ["x", "fields"]);
  assertEquals(fault({ url, extra: { language: "en" } }), ["x", "extra"]);
  assertEquals(fault({ url, fields: { language: "lang" }, extra: { language: "en" } }), undefined);
});
