import { assertEquals } from "@std/assert";
import { answerQuestion, callFor } from "../../../lib/llm/builtin/answer_question.ts";
import { chinese } from "../../../lib/llm/builtin/chinese.ts";
import { english } from "../../../lib/llm/builtin/english.ts";
import type { LlmEvent, LlmStep, LlmTool } from "../../../lib/llm/mod.ts";
import { openLlm, questionOf } from "../../support/open_llm.ts";
import { test } from "../../support/test.ts";

const NOW = { wallMs: Date.UTC(2025, 2, 3, 14, 5), timeZone: "UTC" };
const TOOL: LlmTool = { name: "change_volume", description: "", parameters: {} };
const OTHER: LlmTool = { name: "self_reboot", description: "", parameters: {} };

const request = (question: string, { tools = [OTHER, TOOL], steps = [] as readonly LlmStep[] } = {}) => ({
  question,
  language: /\p{Script=Han}/u.test(question) ? "zh" : "en",
  history: [],
  tools,
  steps,
});

/** The arguments of the call that a question leads to. */
const argumentsOf = (question: string): unknown => {
  const call = callFor(request(question), NOW);
  return call === undefined ? undefined : JSON.parse(call.arguments);
};

const step = (text: string, name = TOOL.name): LlmStep => ({
  text: "",
  results: [{ call: { id: "call_1", name, arguments: "{}" }, text }],
});

/** What is said, and how the volume is to change. */
const PHRASES: readonly (readonly [change: object, questions: readonly string[]])[] = [
  [{ direction: "up" }, [
    "Louder!",
    "Turn it up",
    "Could you turn the volume up a bit, please?",
    "turn up the volume",
    "Speak up",
    "You are too quiet",
    "It's too quiet",
    "increase the volume",
    "Raise the volume",
    "大声点",
    "大声一点",
    "声音大一点",
    "把音量调大",
    "音量调高一点",
    "聲音大一點",
    "声音太小了",
    "再大点声",
    "增加音量",
  ]],
  [{ direction: "down" }, [
    "Quieter, please",
    "Turn it down",
    "turn down the volume",
    "You are too loud",
    "not so loud",
    "Lower the volume",
    "a little softer",
    "reduce the volume",
    "小声点",
    "声音小一点",
    "太吵了",
    "声音太大了",
    "太大声了",
    "把音量调低",
    "降低音量",
    "声音轻一点",
  ]],
  [{ direction: "to", percent: 30 }, [
    "Set the volume to 30",
    "set the volume to thirty",
    "Volume 30",
    "volume at 30 percent",
    "Turn the volume down to 30%",
    "音量调到三十",
    "音量三十",
    "把音量设为30",
    "音量调到百分之三十",
    "声音调成30",
    "音量調到三十",
  ]],
  [{ direction: "to", percent: 5 }, ["Set the volume to five", "音量调到五"]],
  [{ direction: "to", percent: 85 }, ["turn it up to eighty five", "音量调到八十五"]],
  [{ direction: "to", percent: 12 }, ["volume twelve", "音量调到十二"]],
  [{ direction: "to", percent: 100 }, [
    "maximum volume",
    "volume to one hundred",
    "Set the volume to 300",
    "turn the volume all the way up",
    "音量最大",
    "声音调到最大",
    "音量调到一百",
  ]],
  [{ direction: "to", percent: 10 }, ["lowest volume", "声音调到最小"]],
  [{ direction: "to", percent: 50 }, ["half volume", "unmute", "音量调到一半", "取消静音"]],
  [{ direction: "to", percent: 0 }, ["Mute", "please mute yourself", "静音", "靜音"]],
  [{ direction: "up", percent: 20 }, [
    "turn it up by 20",
    "louder by twenty percent",
    "音量调大二十",
    "音量增加20",
  ]],
  [{ direction: "down", percent: 10 }, ["Volume down ten", "音量降低百分之十"]],
];

for (const [change, questions] of PHRASES) {
  test(`builtin: ${JSON.stringify(change)} is asked of the tool, in both languages`, () => {
    assertEquals(
      questions.map((question) => [question, argumentsOf(question)]),
      questions.map((question) => [question, change]),
    );
  });
}

test("builtin: what is about something else calls nothing", () => {
  for (
    const question of [
      "What time is it?",
      "Turn down the heating",
      "Turn up the lights",
      "空调调高一点",
      "电视声音大一点",
      "say louder",
      "repeat after me: turn it up",
      "跟我说大声点",
      "How high is the mountain?",
    ]
  ) {
    assertEquals([question, callFor(request(question), NOW)], [question, undefined]);
  }
});

test("builtin: what is asked besides is answered after the call", () => {
  const question = "Turn it up. What time is it?";
  assertEquals(argumentsOf(question), { direction: "up" });
  const steps = [step(`{"volume":85}`)];
  assertEquals(callFor(request(question, { steps }), NOW), undefined);
  assertEquals(
    answerQuestion(request(question, { steps }), NOW),
    `The volume is 85 percent now. ${english.time({ ...EMPTY, hour: 14, minute: 5 })}`,
  );
});

const EMPTY = { year: 2025, month: 1, day: 1, weekday: 0 };

test("builtin: what came of a change is said, and that nothing did", () => {
  const said = (question: string, text: string) =>
    answerQuestion(request(question, { steps: [step(text)] }), NOW);
  assertEquals(said("Louder", `{"volume":65}`), "The volume is 65 percent now.");
  assertEquals(said("大声点", `{"volume":65}`), "音量现在是百分之六十五。");
  assertEquals(said("最大音量", `{"volume":100}`), "音量现在是百分之百。");
  assertEquals(said("Mute", `{"volume":0}`), "The sound is off.");
  for (
    const text of [
      "",
      "The tool did not answer in time.",
      `{"volume":"loud"}`,
      `{"volume":1e9}`,
      "null",
      "[]",
    ]
  ) {
    assertEquals(said("Louder", text), english.volumeFailed);
    assertEquals(said("大声点", text), chinese.volumeFailed);
  }
});

test("builtin: without the tool it says plainly that it cannot, and asks how where nobody said so", () => {
  for (const tools of [[], [OTHER]]) {
    assertEquals(callFor(request("Louder", { tools }), NOW), undefined);
    assertEquals(answerQuestion(request("Louder", { tools }), NOW), english.replies.volume);
    assertEquals(answerQuestion(request("大声点", { tools }), NOW), chinese.replies.volume);
  }
  assertEquals(answerQuestion(request("What is the volume?"), NOW), english.volumeHow);
  assertEquals(answerQuestion(request("音量多少"), NOW), chinese.volumeHow);
  const closed = { ...request("Louder"), toolsClosed: true };
  assertEquals([callFor(closed, NOW), answerQuestion(closed, NOW)], [undefined, english.volumeFailed]);
});

test("builtin: a tool that another source's name stands before is the same", () => {
  const tools = [{ ...TOOL, name: "device_change_volume" }];
  assertEquals(callFor(request("Louder", { tools }), NOW)?.name, "device_change_volume");
  const steps = [step(`{"volume":70}`, "device_change_volume")];
  assertEquals(answerQuestion(request("Louder", { tools, steps }), NOW), "The volume is 70 percent now.");
});

test("builtin: the provider calls the tool, says nothing besides, and answers once it knows", async () => {
  const provider = await openLlm({ type: "builtin" });
  assertEquals(provider.capabilities.tools, true);
  const ask = async (steps: readonly LlmStep[]) => {
    const events: LlmEvent[] = [];
    const asked = questionOf("Turn it up", request("Turn it up", { steps }));
    for await (const event of provider.answer(asked, new AbortController().signal)) events.push(event);
    return events;
  };
  assertEquals(await ask([]), [
    { type: "started" },
    { type: "tool_call", call: { id: "call_1", name: "change_volume", arguments: `{"direction":"up"}` } },
    { type: "ended", reason: "stop" },
  ]);
  const said = (await ask([step(`{"volume":85}`)])).map((event) => event.type === "text" ? event.text : "");
  assertEquals(said.join(""), "The volume is 85 percent now.");
});

test("builtin: what was done for words before is no answer to these", () => {
  const past: LlmStep = { ...step('{"volume":85}'), past: true };
  assertEquals(callFor(request("louder", { steps: [past] }), NOW)?.name, TOOL.name);
  assertEquals(callFor(request("louder", { steps: [past, step('{"volume":100}')] }), NOW), undefined);
  assertEquals(
    answerQuestion(request("louder", { steps: [past, step('{"volume":100}')] }), NOW),
    "The volume is 100 percent now.",
  );
});
