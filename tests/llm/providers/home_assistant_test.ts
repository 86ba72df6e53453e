import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import {
  Answerer,
  type AnswerEvent,
  llmCapabilitiesOf,
  llmConfig,
  LlmRunner,
  llmServiceKeys,
} from "../../../lib/llm/mod.ts";
import { AnswererRig, type AnswererRigOptions, GOES_ON } from "../../support/answerer_rig.ts";
import {
  HOME_TOKEN,
  homeAssistant,
  homeReply,
  type HomeServer,
} from "../../support/emulators/home_assistant.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeLlm } from "../../support/fake_llm.ts";
import { questionOf } from "../../support/open_llm.ts";
import { test } from "../../support/test.ts";
import { inTime, until } from "../../support/until.ts";

const DEFAULT = "Good morning. How are you?";
const open = (server: HomeServer = homeAssistant(), options: Partial<AnswererRigOptions> = {}) =>
  AnswererRig.open({ type: "homeAssistant", dialect: server, secrets: { token: HOME_TOKEN }, ...options });
const idsOf = ({ emulator }: AnswererRig) => emulator.questions.map(({ body }) => body["conversation_id"]);
/** It answers this. */
const replies = (body: string) => ({
  fault: { what: "answer", status: 200, type: "application/json", body } as const,
});
const UNMATCHED = homeReply("error", {
  code: "no_intent_match",
  speech: "Sorry, I couldn't understand that",
});

test("homeAssistant: the fields of a request: the question alone, its language, and the agent", async () => {
  await using rig = await open(homeAssistant(), { block: { agentId: "conversation.home_assistant" } });
  const before = { instructions: "Be short.", context: "It is noon.", language: "zh-CN" };
  const events = await rig.events("And now?", { ...GOES_ON, ...before });
  assertEquals(events, [
    { type: "started" },
    { type: "text", text: DEFAULT },
    { type: "ended", reason: "stop" },
  ]);
  const { body, headers } = rig.emulator.questions[0] ?? {};
  assertEquals(body, { text: "And now?", language: "zh-CN", agent_id: "conversation.home_assistant" });
  assertEquals(headers?.authorization, `Bearer ${HOME_TOKEN}`);
});

test("homeAssistant: a conversation goes on for five minutes, and ends when it is erased or nothing was said", async () => {
  const server = homeAssistant();
  const providerClock = new FakeClock();
  await using rig = await open(server, { providerClock });
  await rig.ask("one");
  await providerClock.advance(300_000);
  await rig.ask("two", GOES_ON);
  const [first] = [...server.conversations];
  assertEquals(idsOf(rig), [undefined, first]);
  await providerClock.advance(300_001);
  await rig.ask("three", GOES_ON);
  rig.provider.forget?.("kitchen");
  await rig.ask("four", GOES_ON);
  await rig.ask("five");
  assertEquals(idsOf(rig).slice(2), [undefined, undefined, undefined]);
});

test("homeAssistant: one that it does not hold any more is replaced, and the new one goes on", async () => {
  const server = homeAssistant();
  await using rig = await open(server);
  await rig.ask("one");
  server.conversations.clear();
  await rig.ask("two", GOES_ON);
  const [second] = [...server.conversations];
  await rig.ask("three", GOES_ON);
  assertEquals(idsOf(rig)[2], second);
});

test("homeAssistant: what it does not understand is another code, or its own words", async () => {
  await using rig = await open();
  rig.emulator.behavior = replies(UNMATCHED);
  const { code, retryable, message } = await rig.failure();
  assertEquals([code, retryable, message.includes("Sorry")], ["llm.unmatched", false, false]);
  await using speaker = await open(homeAssistant(), { block: { unmatched: "say" } });
  speaker.emulator.behavior = replies(UNMATCHED);
  assertEquals(await speaker.ask(), "Sorry, I couldn't understand that");
});

test("homeAssistant: what its replies come to", async () => {
  await using rig = await open();
  for (
    const [body, language, expected] of [
      [homeReply("action_done", { speech: "Turned on the light" }), "en", "Turned on the light"],
      [homeReply("query_answer", { speech: "21 °C" }), "en", "21 °C"],
      [homeReply("action_done"), "en", "OK."],
      [homeReply("action_done", { speech: " " }), "de", "OK."],
      [homeReply("partial_action_done"), "zh-CN", "好的。"],
      [homeReply("query_answer"), "en", "llm.empty"],
      [homeReply("error", { code: "no_valid_targets", speech: "No lamp there" }), "en", "No lamp there"],
      [homeReply("error", { code: "failed_to_handle", speech: "An error" }), "en", "llm.failed"],
      [homeReply("error", { code: "unknown", speech: "No talking to OpenAI" }), "en", "llm.failed"],
      [homeReply("error", { code: "later", speech: "An error" }), "en", "llm.failed"],
      [homeReply("error"), "en", "llm.failed"],
      ['{"response":{"response_type":"query_answer","speech":{"plain":{"speech":21}}}}', "en", "21"],
      ['{"conversation_id":"x"}', "en", "llm.protocol"],
      ["[]", "en", "llm.protocol"],
    ] as const
  ) {
    rig.emulator.behavior = replies(body);
    const end = await rig.end("Lights", { language });
    assertEquals([body, end === "stop" ? await rig.ask("Lights", { language }) : end], [body, expected]);
  }
});

test("homeAssistant: what it says of a fault is in no error", async () => {
  await using rig = await open();
  const secret = "the code of my alarm is 4711";
  const conversation = "02:00:00:aa:bb:cc";
  rig.emulator.behavior = replies(homeReply("error", { code: "unknown", speech: `not ${secret}` }));
  const { message } = await rig.failure(secret, { conversation });
  assertEquals(message, "Cannot answer with homeAssistant: it answered unknown");
  const body = JSON.stringify({ message: `Message format incorrect: ${secret} of ${conversation}` });
  rig.emulator.behavior = { fault: { what: "answer", status: 400, type: "application/json", body } };
  const refused = (await rig.failure(secret, { conversation })).message;
  assert(!refused.includes("4711") && !refused.includes(conversation), refused);
});

test("homeAssistant: who leaves before its answer is whole, or cancels, ends the request", async () => {
  await using rig = await open(homeAssistant(), { behavior: { fault: { what: "hang", at: 2 } } });
  for await (const { type } of rig.provider.answer(questionOf("one"), new AbortController().signal)) {
    if (type === "started") break;
  }
  const life = new AbortController();
  const failing = rig.failure("two", {}, life.signal);
  await until(() => rig.emulator.questions[1]?.tokens === 2);
  life.abort();
  assertEquals((await failing).code, "canceled");
  await until(() => rig.emulator.questions.every(({ endedBy }) => endedBy === "client"));
});

test("homeAssistant: in a chain the next one answers what it does not understand, and it is never asked ahead or twice", async () => {
  await using rig = await open();
  const events: AnswerEvent[] = [];
  const keys = {
    ...llmServiceKeys.parse({}),
    clock: systemClock,
    onEvent: (event: AnswerEvent) => events.push(event),
  };
  const next = new FakeLlm({ clock: systemClock, script: () => ({ text: "A cat says meow." }) });
  const home = new LlmRunner(rig.provider, keys);
  const answerer = new Answerer([home, new LlmRunner(next, keys)]);
  const ask = async (ahead = false) => {
    const { signal } = new AbortController();
    let text = "";
    try {
      for await (
        const event of answerer.ask(questionOf("What does a cat say?"), { signal, flow: "kitchen", ahead })
      ) {
        if (event.type === "text") text += event.text;
      }
    } catch (thrown) {
      return String(Object(thrown).code);
    }
    return text;
  };
  rig.emulator.behavior = replies(UNMATCHED);
  assertEquals(await inTime(ask(), "an answer"), "A cat says meow.");
  const told = events.map((event) =>
    event.type === "retried" ? `${event.error.code} ${event.next}` : event.type
  );
  assertEquals(told, ["admitted", "llm.unmatched fake", "admitted", "first_token", "ended"]);
  assertEquals([rig.emulator.questions.length, next.calls.length, home.stats.breaker], [1, 1, "closed"]);

  assertEquals([await ask(true), answerer.answersAhead], ["llm.busy", false]);
  assertEquals(rig.emulator.questions.length, 1);
  // It may have switched something before it failed.
  rig.emulator.behavior = { fault: { what: "refuse", kind: "server" } };
  assertEquals(await inTime(ask(), "an answer"), "A cat says meow.");
  assertEquals(rig.emulator.questions.length, 2);
});

test("homeAssistant: capabilities, and what the config takes", () => {
  const block = { type: "homeAssistant", token: { env: "X" } };
  const { stateless, acts, local, maxConcurrent } = llmCapabilitiesOf(block);
  assertEquals([stateless, acts, local, maxConcurrent], [false, true, true, 4]);
  const fault = (block: object) =>
    llmConfig.safeParse({ x: { type: "homeAssistant", ...block } }).error?.issues[0]?.path;
  assertEquals(fault({}), ["x", "token"]);
  assertEquals(fault({ token: { env: "X" }, unmatched: "say" }), undefined);
  assertEquals(fault({ token: { env: "X" }, unmatched: "other" }), ["x", "unmatched"]);
});
