import { assertEquals } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import {
  type LlmRequest,
  type LlmStep,
  type LlmTool,
  type LlmToolCall,
  MAX_CALL_BYTES,
  MAX_CALLS,
} from "../../lib/llm/mod.ts";
import { test } from "../support/test.ts";
import { inTime } from "../support/until.ts";
import { AnswerRig, type Reading } from "./answer_rig.ts";

const TOOL: LlmTool = { name: "louder", description: "Louder.", parameters: { type: "object" } };
const call = (id: string, text = "{}"): LlmToolCall => ({ id, name: "louder", arguments: text });
const STEP: LlmStep = { text: "", results: [{ call: call("a"), text: "true" }] };
const REQUEST: Partial<LlmRequest> = {
  tools: [TOOL],
  toolsClosed: true,
  steps: [STEP],
  history: [{ role: "user", content: "Hi" }, { role: "assistant", content: "Hello.", steps: [STEP] }],
};
const IMAGES: Partial<LlmRequest> = { images: [{ mimeType: "image/png", data: new Uint8Array([1]) }] };
const types = ({ events }: Reading) => events.map(({ type }) => type);
const callsOf = ({ events }: Reading) =>
  events.flatMap((event) => event.type === "tool_call" ? [event.call.id] : []);

test("Answerer: calls come after the text, then thoughts, counts and the end; a call alone is an answer", async () => {
  const rig = new AnswerRig({ tools: true });
  const usage = { promptTokens: 12, answerTokens: 3 };
  rig.llm.script = () => ({ text: "Let me see.", calls: [call("a"), call("b")], thoughts: "Hm.", usage });
  const whole = rig.ask();
  await rig.clock.advance(0);
  assertEquals([types(whole).filter((type) => type !== "text"), whole.text], [
    ["tool_call", "tool_call", "thoughts", "usage", "ended"],
    "Let me see.",
  ]);
  rig.llm.script = () => ({ calls: [call("a")] });
  const alone = rig.ask();
  await rig.clock.advance(0);
  assertEquals([types(alone), alone.end], [["tool_call", "ended"], "stop"]);
  assertEquals(rig.told, ["admitted", "first_token", "ended stop", "admitted", "first_token", "ended stop"]);
});

test("Answerer: a call that is being written is as good as a word for the deadlines", async () => {
  const rig = new AnswerRig({ block: { firstTokenTimeoutMs: 1_000, tokenTimeoutMs: 3_000 } });
  rig.llm.script = () => ({ calls: [call("a")], callMs: 2_900 });
  const slow = rig.ask();
  await rig.clock.advance(2_900);
  assertEquals([types(slow), slow.end], [["tool_call", "ended"], "stop"]);
  rig.llm.script = () => ({ calls: [call("a")], callMs: 3_100 });
  const stuck = rig.ask();
  await rig.clock.advance(10_000);
  assertEquals(stuck.end, "llm.timeout");
});

test("Answerer: after a call nothing is asked again, neither there nor at the next service", async () => {
  const rig = new AnswerRig({}, {});
  rig.llm.script = () => ({ calls: [call("a")], fault: { at: "end", error: "llm.disconnected" } });
  const reading = rig.ask();
  await rig.clock.advance(1_000);
  assertEquals([callsOf(reading), reading.end, rig.asked], [["a"], "llm.disconnected", [1, 0]]);
  // Before it, it is.
  const hopeful = new AnswerRig({}, {});
  hopeful.llm.script = () => ({
    calls: [call("a")],
    fault: { at: { afterPieces: 0 }, error: "llm.disconnected" },
  });
  const second = hopeful.ask();
  await hopeful.clock.advance(1_000);
  assertEquals([second.text, hopeful.asked], ["You said: Hello?", [2, 1]]);
});

test("Answerer: at most 64 calls and 64 KB of them are taken; what is beyond ends the answer", async () => {
  const rig = new AnswerRig();
  rig.llm.script = () => ({ calls: Array.from({ length: MAX_CALLS + 1 }, (_, index) => call(`c${index}`)) });
  const many = rig.ask();
  await inTime(many.over, "64 calls");
  assertEquals([callsOf(many).length, many.end], [MAX_CALLS, "length"]);
  // Three bytes each, so that the bytes are the bound and not the characters.
  const long = JSON.stringify({ x: "天".repeat(MAX_CALL_BYTES / 3 / 2) });
  rig.llm.script = () => ({ calls: [call("a", long), call("b", long), call("c")] });
  const large = rig.ask();
  await rig.clock.advance(0);
  assertEquals([callsOf(large), large.end, rig.llm.active], [["a"], "length", 0]);
  assertEquals(rig.events.at(-1)?.type === "ended" && rig.events.at(-1), {
    type: "ended",
    reason: "length",
    cut: true,
    totalMs: 0,
  });
});

test("Answerer: a service without tools is told of none, but what was done for the question", async () => {
  const rig = new AnswerRig(
    { tools: true, script: () => ({ fault: { at: "headers", error: "llm.auth" } }) },
    {},
  );
  const reading = rig.ask("Louder!", { request: { ...REQUEST, context: "It is noon." } });
  await rig.clock.advance(0);
  assertEquals(reading.text, "You said: Louder!");
  const [first, second] = rig.services.map(({ calls }) => calls[0]?.request);
  assertEquals([first?.tools, first?.steps, first?.toolsClosed], [[TOOL], [STEP], true]);
  assertEquals(second, {
    instructions: "",
    history: [{ role: "user", content: "Hi" }, { role: "assistant", content: "Hello." }],
    context: "It is noon.\nlouder {}: true",
    question: "Louder!",
    language: "en",
    maxTokens: 500,
    conversation: "Louder!",
  });
});

test("Answerer: who acts or keeps the history is never offered tools", async () => {
  for (const capabilities of [{ acts: true }, { stateless: false }, { tools: false }]) {
    const rig = new AnswerRig({ tools: true, ...capabilities });
    rig.ask("Louder!", { request: REQUEST });
    await rig.clock.advance(0);
    assertEquals([rig.answerer.callsTools, rig.llm.calls[0]?.request.tools], [false, undefined]);
  }
  assertEquals(new AnswerRig({ tools: true }, {}).answerer.callsTools, true);
  assertEquals(new AnswerRig({}, { tools: true }).answerer.callsTools, false);
});

test("Answerer: a service that has refused tools is not offered any again, and the operator is told once", async () => {
  const rig = new AnswerRig({ tools: true });
  const error = new EarshotError("llm.config", "Cannot answer: it takes no tools");
  const refuse = (always: boolean) => {
    rig.llm.refusal = { error, always };
    return { text: "Hm." };
  };
  // How one tool is described says nothing of the others.
  rig.llm.script = () => refuse(false);
  rig.ask("Louder!", { request: REQUEST });
  await rig.clock.advance(0);
  assertEquals(rig.answerer.callsTools, true);
  rig.llm.script = () => refuse(true);
  rig.ask("Louder!", { request: REQUEST });
  await rig.clock.advance(0);
  assertEquals(rig.answerer.callsTools, false);
  rig.ask("Louder!", { request: REQUEST });
  await rig.clock.advance(0);
  assertEquals(rig.llm.calls.map(({ request }) => request.tools !== undefined), [true, true, false]);
  assertEquals(rig.events.filter(({ type }) => type === "tools_refused"), [{ type: "tools_refused", error }]);
});

test("Answerer: images go to a service that sees them, and nothing is sent to another", async () => {
  const rig = new AnswerRig({}, { vision: true });
  const seen = rig.ask("What is this?", { request: IMAGES });
  await rig.clock.advance(0);
  assertEquals([seen.end, rig.asked], ["stop", [0, 1]]);
  assertEquals(rig.services[1]?.calls[0]?.request.images, IMAGES.images);
  assertEquals(rig.told[0], "llm.unsupported -> llm1");

  const blind = new AnswerRig({}, {});
  const unseen = blind.ask("What is this?", { request: IMAGES });
  await blind.clock.advance(0);
  assertEquals([unseen.end, blind.asked, blind.runners[0]?.stats.breaker], [
    "llm.unsupported",
    [0, 0],
    "closed",
  ]);

  // Why the one that sees has failed is what counts.
  const failing = new AnswerRig({
    vision: true,
    script: () => ({ fault: { at: "headers", error: "llm.auth" } }),
  }, {});
  const failed = failing.ask("What is this?", { request: IMAGES });
  await failing.clock.advance(0);
  assertEquals([failed.end, failing.asked], ["llm.auth", [1, 0]]);
});

test("Answerer: given up in mid-call, its request ends and no call comes", async () => {
  const rig = new AnswerRig();
  rig.llm.script = () => ({ calls: [call("a")], callMs: 5_000 });
  const life = new AbortController();
  const reading = rig.ask("Louder!", { signal: life.signal });
  await rig.clock.advance(1_000);
  life.abort();
  await rig.clock.advance(0);
  assertEquals([reading.end, callsOf(reading), rig.llm.calls[0]?.end, rig.clock.pending], [
    "canceled",
    [],
    "canceled",
    0,
  ]);
});
