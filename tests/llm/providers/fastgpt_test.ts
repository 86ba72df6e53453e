import { assert, assertEquals } from "@std/assert";
import { llmCapabilitiesOf, llmConfig } from "../../../lib/llm/mod.ts";
import { fastgptError, fastgptFaultOf } from "../../../lib/llm/providers/fastgpt_fault.ts";
import { AnswererRig, type AnswererRigOptions, GOES_ON } from "../../support/answerer_rig.ts";
import { fastgpt, FASTGPT_KEY } from "../../support/emulators/fastgpt.ts";
import { openLlm, questionOf, textOf } from "../../support/open_llm.ts";
import { test } from "../../support/test.ts";

const DEFAULT = "Good morning. How are you?";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const open = (options: Partial<AnswererRigOptions> = {}) =>
  AnswererRig.open({ type: "fastgpt", dialect: fastgpt(), secrets: { apiKey: FASTGPT_KEY }, ...options });
const idsOf = ({ emulator }: AnswererRig) => emulator.questions.map(({ body }) => String(body["chatId"]));

test("fastgpt: the fields of a request: the chat, the question alone, the app's variables", async () => {
  await using rig = await open({ block: { variables: { uid: "kitchen", floor: 2 } } });
  const before = { instructions: "Be short.", context: "It is noon.", conversation: "02:00:00:aa:bb:cc" };
  assertEquals(await rig.ask("And now?", { ...GOES_ON, ...before }), DEFAULT);
  const { chatId, ...body } = rig.emulator.questions[0]?.body ?? {};
  assertEquals(body, {
    stream: true,
    detail: false,
    variables: { uid: "kitchen", floor: 2 },
    messages: [{ role: "user", content: "And now?" }],
  });
  assert(UUID.test(String(chatId)), "nobody can guess the chat of another");
});

test("fastgpt: each device goes on with its own chat; what is erased, or where nothing was said, begins anew", async () => {
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

test("fastgpt: in detail, what its flow does is a sign of life, and what follows the end is not read", async () => {
  await using rig = await open({ block: { detail: true } });
  const events = await rig.events();
  assertEquals([textOf(events), rig.emulator.questions[0]?.body["detail"]], [DEFAULT, true]);
  assertEquals(events.slice(0, 4).map(({ type }) => type), ["started", "alive", "alive", "alive"]);
  assertEquals(events.at(-1), { type: "ended", reason: "stop" });
});

test("fastgpt: what it says of tokens is made up", async () => {
  await using rig = await open({ behavior: { whole: true } });
  assertEquals((await rig.events()).map(({ type }) => type), ["started", "text", "ended"]);
});

test("fastgpt: a chat that is still busy with the question before is asked anew in another one", async () => {
  await using rig = await open();
  await rig.ask("one");
  rig.emulator.behavior = { fault: { what: "refuse", kind: "busy" } };
  const error = await rig.failure("two", GOES_ON);
  assertEquals([error.code, error.retryable], ["llm.throttled", true]);
  rig.emulator.behavior = {};
  assertEquals(await rig.ask("two", GOES_ON), DEFAULT);
  const [first, second, third] = idsOf(rig);
  assertEquals([first === second, second === third], [true, false]);
});

test("fastgpt: a chat that is too long begins anew with the next question", async () => {
  await using rig = await open();
  await rig.ask("one");
  rig.emulator.behavior = { fault: { what: "refuse", kind: "context" } };
  assertEquals(await rig.end("two", GOES_ON), "llm.context");
  rig.emulator.behavior = {};
  await rig.ask("two", GOES_ON);
  const [first, second, third] = idsOf(rig);
  assertEquals([first === second, second === third], [true, false]);
});

test("fastgpt: what its names for faults mean, whatever the status is", () => {
  const codeOf = (value: unknown, status?: number) =>
    fastgptError({ family: "llm", name: "x" }, fastgptFaultOf(value), {
      ...(status !== undefined && { status }),
    }).code;
  for (
    const [value, expected] of [
      [{ code: 403, statusText: "unAuthorization", message: "no" }, "llm.auth"],
      [{ code: 514, statusText: "unAuthApiKey", message: "no" }, "llm.auth"],
      [{ code: 502_001, statusText: "unAuthApp", message: "no" }, "llm.auth"],
      [{ code: 510, statusText: "insufficientQuota", message: "no" }, "llm.quota"],
      [{ code: 500_002, statusText: "aiPointsNotEnough", message: "no" }, "llm.quota"],
      [{ code: 504_003, statusText: "chatIsGenerating", message: "no" }, "llm.throttled"],
      [{ code: 502_000, statusText: "appUnExist", message: "no" }, "llm.config"],
      [{ code: 500, statusText: "error", message: "no" }, "llm.failed"],
      [{ code: 403, message: "no" }, "llm.auth"],
      [{ message: "400 maximum context length is 4096" }, "llm.context"],
      [{ message: "Connection error." }, "llm.failed"],
      [{}, "llm.failed"],
      ["no JSON", "llm.failed"],
    ] as const
  ) {
    assertEquals([value, codeOf(value)], [value, expected]);
    // It answers 500 whatever it is.
    assertEquals([value, codeOf(JSON.stringify(value), 500)], [value, expected]);
  }
  assertEquals([codeOf("<h1>No</h1>", 502), codeOf("no", 503), codeOf("no", 401), codeOf("no", 404)], [
    "llm.failed",
    "llm.throttled",
    "llm.auth",
    "llm.config",
  ]);
});

test("fastgpt: nothing of the question, of the device or of the chat is in an error", async () => {
  await using rig = await open();
  const secret = "the code of my alarm is 4711";
  const conversation = "02:00:00:aa:bb:cc";
  await rig.ask("one", { conversation });
  const [id = ""] = idsOf(rig);
  const message = `cannot take '${secret}' of ${conversation} in ${id}`;
  for (
    const [status, type, body] of [
      [200, "text/event-stream", `event: error\ndata: ${JSON.stringify({ message })}\n\n`],
      [500, "application/json", JSON.stringify({ code: 500, statusText: "error", message, data: null })],
    ] as const
  ) {
    rig.emulator.behavior = { fault: { what: "answer", status, type, body } };
    const { message: told } = await rig.failure(secret, { ...GOES_ON, conversation });
    for (const hidden of ["4711", conversation, id]) assert(!told.includes(hidden), told);
    assert(told.includes("cannot take '…' of …"), told);
  }
});

test("fastgpt: a url may end with a slash, the version, or have the whole path", async () => {
  await using rig = await open();
  for (const suffix of ["/", "/v1", "/v1/", "/v1/chat/completions"]) {
    const url = `${rig.emulator.url}${suffix}`;
    const provider = await openLlm({ type: "fastgpt", url }, { secrets: { apiKey: FASTGPT_KEY } });
    const events = await Array.fromAsync(provider.answer(questionOf("Hi"), new AbortController().signal));
    assertEquals([suffix, textOf(events)], [suffix, DEFAULT]);
    await provider.close?.();
  }
});

test("fastgpt: capabilities, and what the config takes", () => {
  const { stateless, acts, local, maxConcurrent } = llmCapabilitiesOf({
    type: "fastgpt",
    apiKey: { env: "X" },
  });
  assertEquals([stateless, acts, local, maxConcurrent], [false, true, true, 4]);
  const fault = (block: object) =>
    llmConfig.safeParse({ x: { type: "fastgpt", ...block } }).error?.issues[0]?.path;
  assertEquals(fault({}), ["x", "apiKey"]);
  assertEquals(fault({ apiKey: { env: "X" }, detail: true }), undefined);
});
