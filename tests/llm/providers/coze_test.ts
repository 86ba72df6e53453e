import { assert, assertEquals, assertThrows } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { llmCapabilitiesOf, llmConfig, type LlmEvent } from "../../../lib/llm/mod.ts";
import { CozeReader } from "../../../lib/llm/providers/coze_reader.ts";
import { AnswererRig, type AnswererRigOptions, GOES_ON } from "../../support/answerer_rig.ts";
import { coze, COZE_BOT, COZE_TOKEN, type CozeServer } from "../../support/emulators/coze.ts";
import { questionOf } from "../../support/open_llm.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const DEFAULT = "Good morning. How are you?";
const open = (server: CozeServer, { block, ...options }: Partial<AnswererRigOptions> = {}) =>
  AnswererRig.open({
    type: "coze",
    dialect: server,
    secrets: { apiKey: COZE_TOKEN },
    block: { botId: COZE_BOT, ...block },
    ...options,
  });
const idsOf = ({ emulator }: AnswererRig) => emulator.questions.map(({ query }) => query["conversation_id"]);

type Sent = readonly (readonly [name: string, data: unknown])[];

/** What is said of these events, and what comes at the end. */
function read(...events: Sent): readonly [string, ...LlmEvent[]] {
  const reader = new CozeReader({
    service: { family: "llm", name: "x" },
    unquoted: (words) => words,
    onConversation: () => {},
  });
  const said = events.map(([event, data]) =>
    reader.take({ type: "data", event, data: JSON.stringify(data) })
  );
  return [said.join(""), ...reader.conclude()];
}
const codeOf = (...events: Sent) => assertThrows(() => read(...events), EarshotError).code;
const delta = (content: string, more: object = {}) =>
  ["conversation.message.delta", {
    id: "1",
    type: "answer",
    content_type: "text",
    content,
    ...more,
  }] as const;
const whole = (content: string, more: object = {}) =>
  ["conversation.message.completed", {
    id: "1",
    type: "answer",
    content_type: "text",
    content,
    ...more,
  }] as const;
const chat = (what: string, more: object = {}) =>
  [`conversation.chat.${what}`, { id: "9", conversation_id: "8", ...more }] as const;
const DONE = ["done", "[DONE]"] as const;
const STOP = { type: "ended", reason: "stop" } as const;

test("coze: the fields of a request: the bot, the device as the user, the question alone", async () => {
  await using rig = await open(coze(), { block: { variables: { city: "Paris" } } });
  const before = { instructions: "Be short.", context: "It is noon.", conversation: "02:00:00:aa:bb:cc" };
  assertEquals(await rig.ask("And now?", { ...GOES_ON, ...before }), DEFAULT);
  const { body, query, headers } = rig.emulator.questions[0] ?? {};
  assertEquals(body, {
    bot_id: COZE_BOT,
    user_id: "02:00:00:aa:bb:cc",
    stream: true,
    additional_messages: [{ role: "user", content: "And now?", content_type: "text" }],
    custom_variables: { city: "Paris" },
  });
  assertEquals([query, headers?.authorization], [{}, `Bearer ${COZE_TOKEN}`]);
});

test("coze: each device goes on with its own conversation; what is erased, or where nothing was said, begins anew", async () => {
  const server = coze();
  await using rig = await open(server);
  await rig.ask("one");
  await rig.ask("one", { conversation: "hall" });
  const [kitchen, hall] = [...server.conversations.keys()];
  await rig.ask("two", GOES_ON);
  await rig.ask("two", { ...GOES_ON, conversation: "hall" });
  assertEquals(idsOf(rig), [undefined, undefined, kitchen, hall]);
  rig.provider.forget?.("kitchen");
  await rig.ask("three", GOES_ON);
  await rig.ask("four", { conversation: "hall" });
  assertEquals(idsOf(rig).slice(4), [undefined, undefined]);
});

test("coze: a conversation that it does not know any more begins anew once, and goes on from there", async () => {
  const server = coze();
  await using rig = await open(server);
  await rig.ask("one");
  const [first] = [...server.conversations.keys()];
  server.conversations.clear();
  assertEquals(await rig.ask("two", GOES_ON), DEFAULT);
  const [second] = [...server.conversations.keys()];
  assertEquals(await rig.ask("three", GOES_ON), DEFAULT);
  assertEquals(idsOf(rig), [undefined, first, undefined, second]);
  // A bot that is not there is asked for once more at most.
  await using other = await open(coze(), { block: { botId: "1" } });
  assertEquals([await other.end(), other.emulator.questions.length], ["llm.config", 1]);
});

test("coze: who cancels, or leaves, has the chat canceled; nothing is that has ended or has not begun", async () => {
  const server = coze();
  await using rig = await open(server, { behavior: { fault: { what: "hang", at: 2 } } });
  for (const how of ["cancel", "leave"] as const) {
    const life = new AbortController();
    try {
      for await (const { type } of rig.provider.answer(questionOf("one"), life.signal)) {
        if (type !== "text") continue;
        if (how === "leave") break;
        life.abort();
      }
    } catch (thrown) {
      assertEquals(EarshotError.from(thrown).code, "canceled");
    }
  }
  await until(() => server.canceled.length === 2);
  assertEquals(
    new Set(server.canceled.map(({ conversation_id: id }) => id)),
    new Set(server.conversations.keys()),
  );
  assert(server.canceled.every(({ chat_id: id }) => /^\d{19}$/.test(String(id))));
  rig.emulator.behavior = {};
  assertEquals(await rig.ask(), DEFAULT);
  rig.emulator.behavior = { fault: { what: "refuse", kind: "busy" } };
  assertEquals(await rig.end(), "llm.throttled");
  rig.emulator.behavior = { fault: { what: "error", kind: "server", afterTokens: 2 } };
  assertEquals(await rig.end(), "llm.failed");
  await rig.provider.close?.();
  assertEquals(server.canceled.length, 2);
});

test("coze: what came bit by bit is not said again as a whole, and what comes as a whole alone is said", () => {
  assertEquals(read(delta("Good "), delta("morning."), whole("Good morning."), DONE), [
    "Good morning.",
    STOP,
  ]);
  assertEquals(read(whole("Good morning."), DONE), ["Good morning.", STOP]);
  // Without an id.
  assertEquals(read(delta("Good.", { id: undefined }), whole("Good.", { id: undefined }), DONE), [
    "Good.",
    STOP,
  ]);
  // A flow that answers in two messages.
  const two = [delta("One."), whole("One."), delta("Two", { id: "2" }), delta(".", { id: "2" })] as const;
  assertEquals(read(...two, whole("One.\nTwo.", { id: "2" }), whole("Three.", { id: "3" }), DONE), [
    "One.\nTwo.\nThree.",
    STOP,
  ]);
});

test("coze: only answers in text are said", () => {
  assertEquals(
    read(
      chat("created"),
      whole('{"name":"search"}', { id: "2", type: "function_call" }),
      whole("no", { id: "3", type: "tool_response" }),
      delta("", { reasoning_content: "Hm." }),
      delta("<think>Hm.</think>Yes"),
      delta("no", { type: "verbose" }),
      delta("no", { content_type: "object_string" }),
      ["conversation.audio.delta", { id: "5", type: "answer", content_type: "audio", content: "bm8=" }],
      delta("."),
      whole("Yes."),
      whole('{"msg_type":"generate_answer_finish"}', { id: "6", type: "verbose" }),
      whole("And you?", { id: "7", type: "follow_up" }),
      whole("no", { id: "8", content_type: "card" }),
      chat("completed", { usage: { token_count: 9, output_count: 2, input_count: 7 } }),
      ["later.event", { content: "no" }],
      DONE,
      delta("late"),
    ),
    ["Yes.", { type: "usage", promptTokens: 7, answerTokens: 2 }, STOP],
  );
});

test("coze: how an answer ends, or fails", () => {
  assertEquals(read(delta("Yes."), chat("completed")), ["Yes.", STOP]);
  assertEquals(read(delta("Half of")), ["Half of", { type: "ended", reason: "truncated" }]);
  assertEquals(codeOf(chat("completed"), DONE), "llm.empty");
  assertEquals(codeOf(chat("created")), "llm.empty");
  assertEquals(codeOf(["conversation.chat.created", "no"]), "llm.protocol");
  assertEquals(codeOf(delta("Half"), chat("requires_action")), "llm.config");
  assertEquals(codeOf(["error", {}]), "llm.failed");
  assertEquals(codeOf(["error", { code: 4100, msg: "authentication is invalid" }]), "llm.auth");
  assertEquals(
    codeOf(chat("failed", { last_error: { code: 5000, msg: "event interval error" } })),
    "llm.failed",
  );
  assertEquals(codeOf(chat("failed")), "llm.failed");
});

test("coze: what its numbers mean, in an answer with status 200 and with others", async () => {
  for (
    const [code, expected] of [
      [4000, "llm.config"],
      [4008, "llm.quota"],
      [4009, "llm.throttled"],
      [4010, "llm.context"],
      [4011, "llm.quota"],
      [4013, "llm.throttled"],
      [4014, "llm.content"],
      [4015, "llm.config"],
      [4016, "llm.throttled"],
      [4100, "llm.auth"],
      [4101, "llm.auth"],
      [4200, "llm.config"],
      [5000, "llm.failed"],
      [700012006, "llm.auth"],
      [720_701_013, "llm.failed"],
    ] as const
  ) {
    const body = JSON.stringify({ code, msg: "no" });
    await using rig = await open(coze(), {
      behavior: { fault: { what: "answer", status: 200, type: "application/json", body } },
    });
    assertEquals([code, await rig.end()], [code, expected]);
  }
  for (
    const [status, expected] of [[401, "llm.auth"], [429, "llm.throttled"], [502, "llm.failed"]] as const
  ) {
    await using rig = await open(coze(), {
      behavior: { fault: { what: "answer", status, type: "text/html", body: "<h1>No</h1>" } },
    });
    assertEquals([status, await rig.end()], [status, expected]);
  }
});

test("coze: an answer without a stream is none", async () => {
  await using rig = await open(coze(), { behavior: { whole: true } });
  assertEquals(await rig.end(), "llm.protocol");
});

test("coze: nothing of the question, of the device, of the bot or of the conversation is in an error", async () => {
  const server = coze();
  await using rig = await open(server);
  const secret = "the code of my alarm is 4711";
  const conversation = "02:00:00:aa:bb:cc";
  await rig.ask("one", { conversation });
  const [id = ""] = [...server.conversations.keys()];
  const msg = `cannot take '${secret}' of ${conversation} in ${id} for ${COZE_BOT}`;
  for (const status of [200, 400]) {
    const body = JSON.stringify({ code: 4000, msg });
    rig.emulator.behavior = { fault: { what: "answer", status, type: "application/json", body } };
    const { message } = await rig.failure(secret, { ...GOES_ON, conversation });
    for (const hidden of ["4711", conversation, id, COZE_BOT]) assert(!message.includes(hidden), message);
    assert(message.includes("cannot take '…' of …"), message);
  }
});

test("coze: capabilities, and what the config takes", () => {
  const block = { type: "coze", apiKey: { env: "X" }, botId: "1" };
  const { stateless, acts, local, maxConcurrent } = llmCapabilitiesOf(block);
  assertEquals([stateless, acts, local, maxConcurrent], [false, true, false, 8]);
  const fault = (block: object) =>
    llmConfig.safeParse({ x: { type: "coze", ...block } }).error?.issues[0]?.path;
  assertEquals(fault({ apiKey: { env: "X" } }), ["x", "botId"]);
  assertEquals(fault({ botId: "1" }), ["x", "apiKey"]);
  assertEquals(fault({ apiKey: { env: "X" }, botId: "1" }), undefined);
});
