import { assert, assertEquals, assertThrows } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { llmCapabilitiesOf, llmConfig, type LlmEvent } from "../../../lib/llm/mod.ts";
import { DifyReader } from "../../../lib/llm/providers/dify_reader.ts";
import { AnswererRig, type AnswererRigOptions, GOES_ON } from "../../support/answerer_rig.ts";
import { dify, DIFY_KEY, type DifyServer } from "../../support/emulators/dify.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { questionOf } from "../../support/open_llm.ts";
import { test } from "../../support/test.ts";
import { inTime, until } from "../../support/until.ts";

const DEFAULT = "Good morning. How are you?";
const open = (server: DifyServer, options: Partial<AnswererRigOptions> = {}) =>
  AnswererRig.open({ type: "dify", dialect: server, secrets: { apiKey: DIFY_KEY }, ...options });
const idsOf = ({ emulator }: AnswererRig) => emulator.questions.map(({ body }) => body["conversation_id"]);

/** What is said of these events, and what comes at the end. */
function read(...events: readonly unknown[]): readonly [string, ...LlmEvent[]] {
  const reader = new DifyReader({
    service: { family: "llm", name: "x" },
    unquoted: (words) => words,
    onConversation: () => {},
  });
  const said = events.map((event) => reader.take({ type: "data", data: JSON.stringify(event) }));
  return [said.join(""), ...reader.conclude()];
}
const codeOf = (...events: readonly unknown[]) => assertThrows(() => read(...events), EarshotError).code;
const message = (answer: string) => ({ event: "message", answer });
const agent = (answer: string) => ({ event: "agent_message", answer });
const replace = (answer: string) => ({ event: "message_replace", answer });
const flow = (status: string, error?: string) => ({ event: "workflow_finished", data: { status, error } });
const END = { event: "message_end", metadata: {} };
const STOP = { type: "ended", reason: "stop" } as const;
const BROKEN = { type: "ended", reason: "truncated" } as const;

test("dify: the fields of a request: the question alone, the device as the user, the app's variables", async () => {
  await using rig = await open(dify(), { block: { inputs: { city: "Paris", floor: 2 } } });
  const before = { instructions: "Be short.", context: "It is noon.", conversation: "02:00:00:aa:bb:cc" };
  assertEquals(await rig.ask("And now?", { ...GOES_ON, ...before }), DEFAULT);
  const { body, headers } = rig.emulator.questions[0] ?? {};
  assertEquals(body, {
    inputs: { city: "Paris", floor: 2 },
    query: "And now?",
    user: "02:00:00:aa:bb:cc",
    response_mode: "streaming",
    conversation_id: "",
  });
  assertEquals(headers?.authorization, `Bearer ${DIFY_KEY}`);
});

test("dify: each device goes on with its own conversation, and begins anew where nothing was said before", async () => {
  const server = dify();
  await using rig = await open(server);
  await rig.ask("one");
  await rig.ask("one", { conversation: "hall" });
  const [kitchen, hall] = [...server.conversations.keys()];
  await rig.ask("two", GOES_ON);
  await rig.ask("two", { ...GOES_ON, conversation: "hall" });
  assertEquals(idsOf(rig), ["", "", kitchen, hall]);
  await rig.ask("three");
  assertEquals([idsOf(rig).at(-1), server.conversations.size], ["", 3]);
});

test("dify: what is erased begins anew, also what is being answered meanwhile, and so does what has long rested", async () => {
  const server = dify();
  const providerClock = new FakeClock();
  await using rig = await open(server, { providerClock });
  await rig.ask("one");
  rig.provider.forget?.("kitchen");
  await rig.ask("two", GOES_ON);
  assertEquals(idsOf(rig), ["", ""]);
  const answer = rig.provider.answer(questionOf("three", GOES_ON), new AbortController().signal);
  for await (const { type } of answer) if (type === "text") rig.provider.forget?.("kitchen");
  await rig.ask("four", GOES_ON);
  assertEquals([idsOf(rig)[2] === "", idsOf(rig)[3]], [false, ""]);
  assertEquals(rig.provider.kept?.(), { conversations: 1, conversationsDropped: 0, stopsDropped: 0 });
  await providerClock.advance(1_800_001);
  await rig.ask("five", GOES_ON);
  assertEquals(idsOf(rig).at(-1), "");
});

test("dify: a conversation that is not there any more, or is completed, begins anew once, and goes on from there", async () => {
  for (const how of ["gone", "completed"] as const) {
    const server = dify();
    await using rig = await open(server);
    await rig.ask("one");
    const [first = ""] = [...server.conversations.keys()];
    if (how === "gone") server.conversations.clear();
    else server.completed.add(first);
    assertEquals(await rig.ask("two", GOES_ON), DEFAULT);
    const [second] = [...server.conversations.keys()].slice(-1);
    assertEquals(await rig.ask("three", GOES_ON), DEFAULT);
    assertEquals([how, ...idsOf(rig)], [how, "", first, "", second]);
  }
  // Without a conversation it is the address that is not there.
  await using rig = await open(dify(), {
    behavior: {
      fault: {
        what: "answer",
        status: 404,
        type: "application/json",
        body: '{"code":"not_found","message":"Workflow not found","status":404}',
      },
    },
  });
  assertEquals([await rig.end(), rig.emulator.questions.length], ["llm.config", 1]);
});

test("dify: a conversation that is too long begins anew with the next question", async () => {
  await using rig = await open(dify());
  await rig.ask("one");
  rig.emulator.behavior = { fault: { what: "refuse", kind: "context" }, faultTimes: 1 };
  assertEquals(await rig.end("two", GOES_ON), "llm.context");
  assertEquals(await rig.ask("two", GOES_ON), DEFAULT);
  assertEquals(idsOf(rig).map((id) => id === ""), [true, false, true]);
});

test("dify: a conversation on which it hangs begins anew with the next question", async () => {
  await using rig = await open(dify());
  await rig.ask("one");
  for (const [at, anew] of [["headers", true], [2, false]] as const) {
    rig.emulator.behavior = { fault: { what: "hang", at } };
    const life = new AbortController();
    const asked = rig.emulator.questions.length;
    const failing = rig.failure("two", GOES_ON, life.signal);
    await until(() => rig.emulator.questions[asked]?.headersMs !== undefined);
    if (at === 2) await until(() => rig.texts > 0);
    life.abort(new EarshotError("llm.timeout", "Cannot answer: the test says so"));
    assertEquals((await failing).code, "llm.timeout");
    rig.emulator.behavior = {};
    await rig.ask("three", GOES_ON);
    assertEquals([at, idsOf(rig).at(-1) === ""], [at, anew]);
  }
});

test("dify: who cancels, or leaves, has the task stopped in the same user's name", async () => {
  for (const how of ["cancel", "leave"] as const) {
    const server = dify();
    await using rig = await open(server, { behavior: { fault: { what: "hang", at: 2 } } });
    const life = new AbortController();
    const answer = rig.provider.answer(questionOf("one", { conversation: "hall" }), life.signal);
    try {
      for await (const { type } of answer) {
        if (type !== "text") continue;
        if (how === "leave") break;
        life.abort();
      }
    } catch (thrown) {
      assertEquals(EarshotError.from(thrown).code, "canceled");
    }
    await until(() => server.stopped.length === 1);
    const [{ task, user } = { task: "", user: "" }] = server.stopped;
    assertEquals([how, user, task.length], [how, "hall", 36]);
    assertEquals(rig.emulator.questions[0]?.endedBy, "client");
  }
});

test("dify: nothing is stopped that has ended, has failed or has not begun", async () => {
  const server = dify("chatflow");
  await using rig = await open(server);
  assertEquals(await rig.ask(), DEFAULT);
  rig.emulator.behavior = { fault: { what: "error", kind: "server", afterTokens: 2 } };
  assertEquals(await rig.end(), "llm.failed");
  rig.emulator.behavior = { fault: { what: "refuse", kind: "busy" } };
  assertEquals(await rig.end(), "llm.throttled");
  rig.emulator.behavior = { fault: { what: "hang", at: "headers" } };
  const life = new AbortController();
  const failing = rig.failure("x", {}, life.signal);
  await until(() => rig.emulator.questions.at(-1)?.headersMs !== undefined);
  life.abort();
  await failing;
  await rig.provider.close?.();
  assertEquals([server.stopped, rig.emulator.exchanges.length], [[], 4]);
});

test("dify: a stop that is not answered delays nobody: not the next question, and not closing", async () => {
  const server = dify();
  server.deaf = true;
  await using rig = await open(server, { behavior: { fault: { what: "hang", at: 1 }, faultTimes: 1 } });
  const life = new AbortController();
  const failing = rig.failure("one", {}, life.signal);
  await until(() => rig.texts > 0);
  life.abort();
  await failing;
  await until(() => server.stopped.length === 1);
  assertEquals(await rig.ask("two"), DEFAULT);
  await inTime(Promise.resolve(rig.provider.close?.()), "closing");
  await until(() => rig.emulator.exchanges.every(({ endedBy }) => endedBy !== undefined));
});

test("dify: an agent that says its whole answer once more says it once", () => {
  assertEquals(read(agent("Good "), agent("morning."), message("Good morning."), END), [
    "Good morning.",
    STOP,
  ]);
  assertEquals(read(agent("\nGood "), agent("day. "), message("Good day."), END), ["Good day. ", STOP]);
  assertEquals(read(agent("Good"), message("Good morning."), END), ["Good morning.", STOP]);
  assertEquals(read(agent("Good"), message("Something else."), END), ["Good", STOP]);
  assertEquals(read(agent(""), { event: "agent_thought", thought: "Hm." }, message("Good."), END), [
    "Good.",
    STOP,
  ]);
  const thoughts = "<think>Hm.</think>Good.";
  assertEquals(read(agent("<think>Hm.</th"), agent("ink>Good."), message(thoughts), END), ["Good.", STOP]);
  assertEquals(read(message("Very "), message("very "), message("good."), END)[0], "Very very good.");
});

test("dify: moderation replaces the answer while nothing of it was said; after that it is a refusal", () => {
  assertEquals(read(replace("I cannot."), END), ["I cannot.", STOP]);
  assertEquals(read(message(" "), message("<think>Hm"), replace("I cannot."), END), ["I cannot.", STOP]);
  assertEquals(read(message("Good"), replace("Good morning."), END), ["Good morning.", STOP]);
  assertEquals(codeOf(message("Take a gun"), replace("I cannot."), END), "llm.content");
});

test("dify: what became of a flow, and unspoken events", () => {
  const unspoken = [
    { event: "workflow_started", data: {} },
    { event: "node_started", data: { title: "no" } },
    { event: "reasoning_chunk", data: { reasoning: "no" } },
    { event: "agent_thought", thought: "no", answer: "no" },
    { event: "tts_message", audio: "bm8=" },
    { event: "message_file", url: "no" },
    { event: "later_event", answer: "no" },
  ];
  assertEquals(read(...unspoken, message("Yes."), flow("succeeded"), END), ["Yes.", STOP]);
  assertEquals(read(message("Yes."), flow("succeeded")), ["Yes.", STOP]);
  assertEquals(read(message("Yes."), flow("stopped"), END), ["Yes.", BROKEN]);
  assertEquals(read(message("Half of")), ["Half of", BROKEN]);
  assertEquals(codeOf(flow("failed", "Node LLM failed")), "llm.failed");
  assertEquals(codeOf(message("Half of"), flow("failed", "x"), END), "llm.failed");
  // The event after it says more.
  const error = { event: "error", status: 400, code: "provider_quota_exceeded", message: "used up" };
  assertEquals(codeOf(flow("failed", "x"), error), "llm.quota");
  assertEquals(codeOf(...unspoken, END), "llm.empty");
  assertEquals(codeOf("no event"), "llm.protocol");
});

test("dify: what its names for faults mean, in a refusal and in the stream", async () => {
  for (
    const [status, code, words, expected] of [
      [429, "too_many_requests", "Too many requests.", "llm.throttled"],
      [429, "rate_limit_error", "Rate Limit Error", "llm.quota"],
      [400, "provider_quota_exceeded", "used up", "llm.quota"],
      [400, "provider_not_initialize", "No valid credentials", "llm.config"],
      [400, "app_unavailable", "App unavailable", "llm.config"],
      [400, "completion_request_error", "[ollama] Error: connection refused", "llm.failed"],
      [400, "completion_request_error", "maximum context length is 4096", "llm.context"],
      [400, "invalid_param", "city is required in input form", "llm.config"],
      [401, "unauthorized", "Access token is invalid", "llm.auth"],
      [500, "internal_server_error", "Internal Server Error", "llm.failed"],
    ] as const
  ) {
    const body = JSON.stringify({ code, message: words, status });
    await using rig = await open(dify(), {
      behavior: { fault: { what: "answer", status, type: "application/json", body } },
    });
    assertEquals([code, await rig.end()], [code, expected]);
    assertEquals([code, codeOf({ event: "error", status, code, message: words })], [code, expected]);
  }
});

test("dify: nothing of the question, of the device or of the conversation is in an error", async () => {
  const server = dify();
  await using rig = await open(server);
  const secret = "the code of my alarm is 4711";
  const conversation = "02:00:00:aa:bb:cc";
  await rig.ask("one", { conversation });
  const [id = ""] = [...server.conversations.keys()];
  const words = `cannot take '${secret}' of ${conversation} in ${id}`;
  for (
    const [status, body] of [
      [400, { code: "invalid_param", message: words, status: 400 }],
      [200, { event: "error", code: "invalid_param", message: words, status: 400 }],
    ] as const
  ) {
    rig.emulator.behavior = {
      fault: { what: "answer", status, type: "application/json", body: JSON.stringify(body) },
    };
    const { message: told } = await rig.failure(secret, { ...GOES_ON, conversation });
    assert(!told.includes("4711") && !told.includes(conversation) && !told.includes(id), told);
    assert(told.includes("cannot take '…' of …"), told);
  }
});

test("dify: capabilities, and what the config takes", () => {
  const { stateless, acts, local, maxConcurrent } = llmCapabilitiesOf({
    type: "dify",
    url: "http://nas/v1",
    apiKey: { env: "X" },
  });
  assertEquals([stateless, acts, local, maxConcurrent], [false, true, true, 4]);
  const fault = (block: object) =>
    llmConfig.safeParse({ x: { type: "dify", ...block } }).error?.issues[0]?.path;
  assertEquals(fault({}), ["x", "apiKey"]);
  assertEquals(fault({ apiKey: "app-1234" }), ["x", "apiKey"]);
  assertEquals(fault({ apiKey: { env: "X" } }), undefined);
  assertEquals(fault({ apiKey: { env: "X" }, inputs: { a: [] } }), ["x", "inputs", "a"]);
});
