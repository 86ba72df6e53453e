import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { LlmEvent, LlmProviderRequest, LlmStep, LlmTool, LlmToolCall } from "../../lib/llm/mod.ts";
import { CALL_SHAPE_NAMES, hasId, type ScriptedCall } from "../support/emulators/call_shapes.ts";
import type { LlmExchange } from "../support/emulators/llm_behavior.ts";
import { textOf } from "../support/open_llm.ts";
import { cancel, gone, LlmRig, NEVER } from "./llm_rig.ts";
import type { LlmSubject } from "./llm_subjects.ts";

type Case = (subject: LlmSubject) => Promise<void>;

const object = { type: "object", properties: {} };
/** What is offered. */
export const TOOLS: readonly LlmTool[] = [
  {
    name: "get_weather",
    description: "Tells the weather. Call it for each city.",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
  { name: "louder", description: "Speaks louder.", parameters: object },
];
const CALLS: readonly ScriptedCall[] = [
  { name: "get_weather", arguments: '{"city":"São Paulo \\"{\\""}' },
  { name: "louder", arguments: "{}" },
  { name: "get_weather", arguments: '{"city":"北京 🙂"}' },
];
const [FIRST = { name: "", arguments: "" }] = CALLS;
const ASKS: Partial<LlmProviderRequest> = { tools: TOOLS };

const callsOf = (events: readonly LlmEvent[]) =>
  events.flatMap((event) => event.type === "tool_call" ? [event.call] : []);
const thoughtsOf = (events: readonly LlmEvent[]) =>
  events.map((event) => event.type === "thoughts" ? event.text : "").join("");
const plain = (calls: readonly LlmToolCall[]) =>
  calls.map(({ name, arguments: text }) => ({ name, arguments: JSON.stringify(JSON.parse(text)) }));
const SENT = CALLS.map(({ name, arguments: text }) => ({
  name,
  arguments: JSON.stringify(JSON.parse(text)),
}));

/** Each call with a result of its own. */
function stepOf(events: readonly LlmEvent[]): LlmStep {
  const thoughts = thoughtsOf(events);
  return {
    text: textOf(events).trim(),
    results: callsOf(events).map((call, index) => ({ call, text: `result ${index + 1}` })),
    ...(thoughts !== "" && { thoughts }),
  };
}

/** The order of a whole answer. */
function assertInOrder(events: readonly LlmEvent[]): void {
  const order = ["started", "text", "tool_call", "thoughts", "usage", "ended"];
  const places = events.map(({ type }) => order.indexOf(type)).filter((place) => place >= 0);
  assertEquals(places, [...places].sort((one, other) => one - other));
}

const several: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { calls: CALLS, answer: "Let me see. " });
  const events = await rig.answer(NEVER, ASKS);
  assertInOrder(events);
  assertEquals([textOf(events).trim(), plain(callsOf(events))], ["Let me see.", SENT]);
  assertEquals(new Set(callsOf(events).map(({ id }) => id)).size, CALLS.length);
  assertEquals(events.at(-1), { type: "ended", reason: "stop" });
  assertEquals(rig.exchange.body["tool_choice"], undefined);
};

const alone: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { calls: CALLS.slice(0, 1), splitBytes: 1 });
  const events = await rig.answer(NEVER, ASKS);
  assertEquals([textOf(events), plain(callsOf(events))], ["", SENT.slice(0, 1)]);
  assertEquals(events.at(-1), { type: "ended", reason: "stop" });
};

const shapes: Case = async (subject) => {
  for (const callShape of CALL_SHAPE_NAMES) {
    await using rig = await LlmRig.open(subject, { calls: CALLS, callShape });
    const events = await rig.answer(NEVER, ASKS);
    assertEquals([callShape, plain(callsOf(events))], [callShape, SENT]);
    const ids = callsOf(events).map(({ id }) => id);
    const own = subject.name.startsWith("openai") ? hasId(callShape) : subject.name !== "ollama";
    assertEquals(ids.every((id) => /^call_\d$/.test(id)), own, callShape);
    // Whatever the ids are, the server takes them back.
    await rig.answer(NEVER, { ...ASKS, steps: [stepOf(events)] });
    assertEquals(rig.last.results.map(({ content }) => content), ["result 1", "result 2", "result 3"]);
  }
};

const whole: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { calls: CALLS, whole: true });
  assertEquals(plain(callsOf(await rig.answer(NEVER, ASKS))), SENT);
};

const sentBack: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, {
    calls: ({ results }: LlmExchange) => results.length < 3 ? CALLS.slice(0, results.length + 1) : [],
    thoughts: subject.thoughts,
  });
  const steps: LlmStep[] = [];
  for (const count of [1, 2]) {
    const events = await rig.answer(NEVER, { ...ASKS, steps });
    assertEquals(callsOf(events).length, count);
    steps.push(stepOf(events));
  }
  const ids = steps.flatMap(({ results }) => results.map(({ call }) => call.id));
  assertEquals(new Set(ids).size, ids.length, "ids of a turn are unique");
  const events = await rig.answer(NEVER, { ...ASKS, steps, toolsClosed: true });
  assertNotEquals(textOf(events), "");
  assertEquals(rig.last.results.map(({ content }) => content), ["result 1", "result 1", "result 2"]);
  const { tools } = rig.last.body;
  assertEquals(Array.isArray(tools) && tools.length, TOOLS.length, "tools stay described");
};

/** What models and other services of a chain leave behind is told to each server in a way that it takes. */
const history: Case = async (subject) => {
  await using rig = await LlmRig.open(subject);
  const call = (id: string, name: string, text: string): LlmToolCall => ({ id, name, arguments: text });
  const step = (...calls: readonly LlmToolCall[]): LlmStep => ({
    text: "",
    results: calls.map((call) => ({ call, text: `of ${call.id} \ud800` })),
  });
  const long = `chatcmpl-tool-${"a".repeat(60)}`;
  const odd = step(call("functions.f:0", "no such tool!", "{broken"), call(long, "", "[1]"));
  await rig.answer(NEVER, {
    ...ASKS,
    history: [
      { role: "assistant", content: "Welcome.", steps: [step(call("x", "louder", "{}"))] },
      { role: "user", content: "Louder" },
      {
        role: "assistant",
        content: "Done.",
        steps: [step(call("a", "louder", "{}")), { text: "So", results: [] }],
      },
      { role: "assistant", content: "Anything else?", steps: [odd] },
      { role: "user", content: "And now" },
      {
        role: "assistant",
        content: "",
        steps: [{ ...step(call("b", "louder", "")), thoughts: "Hm.", text: "Now" }],
      },
      { role: "user", content: "" },
      { role: "user", content: "Go on" },
    ],
    steps: [step(call("a", "louder", "{}"), call("c", "get_weather", '{"city":"Rome"}'))],
  });
  assertEquals(rig.exchange.messages.map(({ content }) => content), [
    "Louder",
    "Done.\nAnything else?",
    "And now",
    "…",
    "Go on\nwhat is the weather like in my secret place",
  ]);
  assertEquals(rig.exchange.results.map(({ content }) => content), ["of a \ufffd", "of c \ufffd"]);
};

const untold: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { calls: CALLS, answer: "Well." });
  const result = { call: { id: "a", name: "louder", arguments: "{}" }, text: "true" };
  const events = await rig.answer(NEVER, {
    history: [
      { role: "user", content: "Louder" },
      { role: "assistant", content: "Done.", steps: [{ text: "", results: [result] }] },
    ],
  });
  assertEquals([textOf(events), callsOf(events)], ["Well.", []]);
  assertEquals([rig.exchange.body["tools"], JSON.stringify(rig.exchange.body).includes("tool")], [
    undefined,
    false,
  ]);
};

const written: Case = async (subject) => {
  const json = '{"name": "get_weather", "arguments": {"city": "Rome"}}';
  for (
    const answer of [
      `Just a moment. <tool_call>\n${json}\n</tool_call>`,
      `Just a moment. \`\`\`json\n${json}\n\`\`\``,
    ]
  ) {
    for (const splitBytes of [1, 7, 4_096]) {
      await using rig = await LlmRig.open(subject, { answer, splitBytes });
      const events = await rig.answer(NEVER, ASKS);
      assertEquals(textOf(events).trim(), "Just a moment.");
      assertEquals(plain(callsOf(events)), [{ name: "get_weather", arguments: '{"city":"Rome"}' }]);
      assertEquals(events.at(-1), { type: "ended", reason: "stop" });
    }
  }
};

const refused: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { refusesTools: "all" });
  assertEquals(rig.provider.toolsRefusal?.(), undefined);
  for (let time = 0; time < 3; time++) assertNotEquals(textOf(await rig.answer(NEVER, ASKS)), "");
  const offered = rig.emulator.questions.map(({ body }) => body["tools"] !== undefined);
  assertEquals(offered, [true, false, false, false]);
  const { always, error } = rig.provider.toolsRefusal?.() ?? {};
  assert(always === true && error !== undefined);
};

const closed: Case = async (subject) => {
  await using rig = await LlmRig.open(subject);
  const off = await rig.reopen({ tools: "off" });
  await Array.fromAsync(off.answer(rig.question(ASKS), NEVER));
  assertEquals(rig.exchange.body["tools"], undefined);
  assertEquals([rig.provider.capabilities.tools, off.capabilities.tools], [true, false]);
  await off.close?.();
};

const unfinished: Case = async (subject) => {
  // In mid-arguments, without any end: what came is no call.
  await using rig = await LlmRig.open(subject, {
    answer: "Let me see.",
    calls: CALLS.slice(0, 1),
    fault: { what: "cut", at: subject.name === "ollama" ? 3 : 6 },
  });
  const events = await rig.answer(NEVER, ASKS);
  assertEquals([callsOf(events), events.at(-1)], [[], { type: "ended", reason: "truncated" }]);
};

const withoutEnd: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { calls: CALLS, omit: "both" });
  const events = await rig.answer(NEVER, ASKS);
  assertEquals([plain(callsOf(events)), events.at(-1)], [SENT, { type: "ended", reason: "stop" }]);
};

const canceled = cancel(
  { calls: CALLS, fault: { what: "hang", at: 2 } },
  (_, seen) => seen.some(({ type }) => type === "calling"),
  ASKS,
);

const left: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { calls: CALLS, fault: { what: "hang", at: 2 } });
  for await (const { type } of rig.provider.answer(rig.question(ASKS), NEVER)) if (type === "calling") break;
  await gone(rig);
};

const images: Case = async (subject) => {
  await using rig = await LlmRig.open(subject);
  const provider = await rig.reopen({ vision: true });
  const data = new Uint8Array([255, 216, 255, 0, 1, 2]);
  const question = rig.question({
    images: [{ mimeType: "image/jpeg", data }, { mimeType: "image/png", data }],
  });
  assertNotEquals(textOf(await Array.fromAsync(provider.answer(question, NEVER))), "");
  assertEquals([rig.exchange.images, rig.exchange.question], [2, question.question]);
  assert(JSON.stringify(rig.exchange.body).includes(data.toBase64()));
  assertEquals(provider.capabilities.vision, true);
  await provider.close?.();
};

const longArguments: Case = async (subject) => {
  const text = JSON.stringify({ city: "x".repeat(70_000) });
  await using rig = await LlmRig.open(subject, { calls: [FIRST, { name: "get_weather", arguments: text }] });
  const events = await rig.answer(NEVER, ASKS);
  assertEquals(plain(callsOf(events)), SENT.slice(0, 1));
  assertEquals(events.at(-1), { type: "ended", reason: "length" });
};

/** Cases for models that can be offered tools. */
export const TOOL_CASE_LIST = {
  "tools: several calls after a text": several,
  "tools: a call alone, split at every byte": alone,
  "tools: calls in every shape": shapes,
  "tools: an answer in one piece": whole,
  "tools: results are sent back, step by step": sentBack,
  "tools: whatever the history holds is valid": history,
  "tools: without tools none are told of": untold,
  "tools: calls that are written as text": written,
  "tools: a server that takes none is asked without": refused,
  "tools: off": closed,
  "tools: a call that breaks off is none": unfinished,
  "tools: calls without an end": withoutEnd,
  "tools: canceled in mid-call": canceled,
  "tools: who leaves in mid-call ends the request": left,
  "tools: no more than 64 KB of calls": longArguments,
  "images": images,
} as const satisfies Readonly<Record<string, Case>>;
