import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { DialogueContext, DialogueEvent } from "../../lib/dialogue/contract.ts";
import { Dialogue, type DialogueOptions } from "../../lib/dialogue/dialogue.ts";
import { readable } from "../../lib/dialogue/readable_text.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import fc from "../support/fast_check.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { contextWith, NOW_MS, pastTurn, ScriptedLlm, STOP } from "./dialogue_harness.ts";

const TOO_LONG = new EarshotError("llm.context", "Cannot answer: too long");
const DEAF = new Promise(() => {});

interface Ran {
  readonly events: DialogueEvent[];
  readonly code: string | undefined;
  readonly text: string;
  readonly spoken: string;
  /** How it ended. */
  readonly reason: string | undefined;
}

async function run(
  llm: ScriptedLlm,
  { question = "Hi", context = {}, dialogue = new Dialogue() }: {
    readonly question?: string;
    readonly context?: Partial<DialogueContext>;
    readonly dialogue?: Dialogue;
  } = {},
): Promise<Ran> {
  const clock = new FakeClock();
  const events: DialogueEvent[] = [];
  let code: string | undefined;
  const options = { ask: llm.ask, signal: new AbortController().signal, clock };
  try {
    for await (const event of dialogue.answer(question, contextWith(context), options)) events.push(event);
  } catch (thrown) {
    code = EarshotError.from(thrown).code;
  }
  assertEquals(llm.ended, llm.requests.length, "a request was left open");
  assertEquals(clock.pending, 0, "a timer was left");
  const pieces = events.filter((event) => event.type === "piece");
  const last = events.at(-1);
  return {
    events,
    code,
    text: pieces.map(({ text }) => text).join(""),
    spoken: pieces.map(({ spoken }) => spoken).filter(Boolean).join(" "),
    reason: last?.type === "ended" ? last.reason : undefined,
  };
}

function dialogueWith(options: DialogueOptions): Dialogue {
  return new Dialogue(options);
}

test("Dialogue: pieces as they come, joined they are the answer; the end is the last event", async () => {
  const answer = "Good morning, my friend. It is a nice day today. What shall we do?";
  const { events, text, reason } = await run(new ScriptedLlm([...answer, STOP]));
  assertEquals([text, reason], [answer, "complete"]);
  assert(events.length > 3, `${events.length} events`);
  assertEquals(events.filter(({ type }) => type === "ended").length, 1);
});

test("Dialogue: a request has instructions, history, context and question in their places", async () => {
  const llm = new ScriptedLlm(["Yes.", STOP]);
  await run(llm, {
    question: " Is it\0 late? ",
    context: {
      prompt: "You are a pirate.",
      summary: "Anna likes tea.",
      speaker: "Anna",
      heardLanguage: "en-GB",
      history: [pastTurn("Hello", "Ahoy!"), pastTurn("What time is it?", "Half past", { heardChars: 0 })],
    },
  });
  const [request] = llm.requests;
  assert(request !== undefined);
  assert(request.instructions.startsWith("You are a pirate."));
  assert(request.instructions.endsWith("Anna likes tea."));
  assertEquals(request.history, [
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Ahoy!" },
  ]);
  assertStringIncludes(request.context, "19:05 (Europe/Berlin). Speaker: Anna.");
  assertEquals(request.question, "What time is it?\nIs it  late?");
  assertEquals([request.language, request.maxTokens], ["en-GB", 1_024]);
});

test("Dialogue: a further turn only adds to what was sent, for prompt caches", async () => {
  const llm = new ScriptedLlm(["Fine.", STOP], ["Fine.", STOP]);
  const history = [pastTurn("Hello", "Hi."), pastTurn("Count", "One. Two.", { heardChars: 4 })];
  const dialogue = new Dialogue();
  await run(llm, { dialogue, context: { history } });
  const later = {
    history: [...history, pastTurn("And you?", "Fine.")],
    nowMs: NOW_MS + 90_000,
    speaker: "Anna",
  };
  await run(llm, { dialogue, context: later });
  const [first, second] = llm.requests;
  assert(first !== undefined && second !== undefined);
  assertEquals(second.instructions, first.instructions);
  assertEquals(second.history.slice(0, -2), first.history);
  assertEquals(first.context === second.context, false);
});

test("Dialogue: whatever is written, and however it is split, the pieces joined are the text", async () => {
  const part = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "\ud83d",
      "\ude00",
      "```",
      "\n",
      "<b>",
      "**",
      "Dr. ",
      "。",
      "[sad]",
      "\0",
      "https://x.org/a,b ",
      "1.",
    ),
  );
  const property = fc.asyncProperty(fc.array(part, { maxLength: 30 }), async (parts) => {
    const { text, code, spoken, reason } = await run(new ScriptedLlm([...parts, STOP]));
    assertEquals(text, readable(parts.join("")));
    assertEquals(reason ?? code, code === undefined ? "complete" : "llm.empty");
    assert(spoken.isWellFormed());
  });
  await fc.assert(property, { numRuns: 300 });
});

test("Dialogue: a question that got no answer and is asked again is sent once", async () => {
  const llm = new ScriptedLlm(["Noon.", STOP]);
  await run(llm, { question: "what time is it", context: { history: [pastTurn("What time is it?", "")] } });
  assertEquals(llm.requests[0]?.question, "what time is it");
});

test("Dialogue: what could be a whole sentence is one after 300 ms without a word", async () => {
  const clock = new FakeClock();
  const llm = new ScriptedLlm(["It is half past nine now.", DEAF]);
  const controller = new AbortController();
  const answer = new Dialogue().answer("Hi", contextWith(), {
    ask: llm.ask,
    signal: controller.signal,
    clock,
  });
  let first: DialogueEvent | undefined;
  void answer.next().then(({ value }) => first = value);
  await clock.advance(299);
  assertEquals(first, undefined);
  await clock.advance(1);
  assert(first?.type === "piece" && first.spoken === "It is half past nine now.");
  assertEquals(clock.pending, 0);
  await answer.return?.();
});

test("Dialogue: an exit phrase gets the farewell of the agent's language, and no model is asked", async () => {
  for (const [question, language] of [["Goodbye!", "en-US"], ["再见。", "zh-CN"]] as const) {
    const llm = new ScriptedLlm();
    const { spoken, reason } = await run(llm, { question, context: { languages: [language] } });
    assertEquals([llm.requests.length, reason], [0, "goodbye"]);
    assertEquals(/\p{Script=Han}/u.test(spoken), language === "zh-CN");
    assert(spoken !== "");
  }
  const llm = new ScriptedLlm();
  const own = new Dialogue({ exitPhrases: ["that will be all"] });
  assertEquals((await run(llm, { question: "That will be all.", dialogue: own })).reason, "goodbye");
});

test("Dialogue: llm.context: asks once more with half of the history, and remembers the limit", async () => {
  const history = Array.from(
    { length: 8 },
    (_, number) => pastTurn(`${number} ${"x".repeat(500)}`, "y".repeat(500)),
  );
  const dialogue = dialogueWith({ maxAnswerTokens: 100 });
  const llm = new ScriptedLlm([TOO_LONG], ["Fine.", STOP], ["Fine.", STOP]);
  assertEquals((await run(llm, { context: { history }, dialogue })).text, "Fine.");
  await run(llm, { context: { history }, dialogue });
  assertEquals(llm.requests.map((request) => request.history.length), [16, 8, 8]);
  assertEquals(llm.requests[1]?.history.at(-1)?.content, "y".repeat(500));
  assert(llm.requests[1]?.history[0]?.content.startsWith("4 "));
});

test("Dialogue: llm.context twice, or without a history, goes up", async () => {
  const history = [pastTurn("Hello", "Hi."), pastTurn("Hello", "Hi.")];
  const twice = new ScriptedLlm([TOO_LONG], [TOO_LONG]);
  assertEquals((await run(twice, { context: { history } })).code, "llm.context");
  assertEquals(twice.requests.length, 2);
  const once = new ScriptedLlm([TOO_LONG]);
  assertEquals((await run(once)).code, "llm.context");
  assertEquals(once.requests.length, 1);
});

test("Dialogue: llm.context in the middle of an answer cuts it", async () => {
  const history = [pastTurn("Hello", "Hi.")];
  const llm = new ScriptedLlm(["This is long. And", TOO_LONG]);
  const { text, reason } = await run(llm, { context: { history } });
  assertEquals([text, reason, llm.requests.length], ["This is long. And", "cut", 1]);
});

test("Dialogue: the history is bounded by the window, which a service's usage corrects", async () => {
  const history = Array.from({ length: 10 }, () => pastTurn("字".repeat(100), "字".repeat(100)));
  const dialogue = dialogueWith({ contextTokens: 2_000, maxAnswerTokens: 200 });
  const usage = (promptTokens: number) => ({ type: "usage", promptTokens, answerTokens: 1 }) as const;
  const llm = new ScriptedLlm(["A.", usage(3_600), STOP], ["A.", STOP]);
  await run(llm, { context: { history }, dialogue });
  const [first] = llm.requests;
  assert(first !== undefined && first.history.length >= 4 && first.history.length < 20);
  await run(llm, { context: { history }, dialogue });
  assert((llm.requests[1]?.history.length ?? 0) < first.history.length);
});

test("Dialogue: another error goes up as it is, after the pieces before it", async () => {
  for (const code of ["llm.content", "llm.busy", "llm.timeout"] as const) {
    const llm = new ScriptedLlm(["I think so. But then ", new EarshotError(code, "Cannot answer: no")]);
    const ran = await run(llm);
    assertEquals([ran.code, ran.reason, llm.requests.length], [code, undefined, 1]);
    assertStringIncludes(ran.text, "I think so.");
  }
});

test("Dialogue: an answer at its limit, one that broke off and one without an end are cut", async () => {
  for (
    const end of [
      [{ type: "ended", reason: "length" }],
      [{ type: "ended", reason: "truncated" }],
      [],
    ] as const
  ) {
    const { text, reason } = await run(new ScriptedLlm(["This goes on and", ...end]));
    assertEquals([text, reason], ["This goes on and", "cut"]);
  }
});

test("Dialogue: an answer over 64 KB is cut there, in whole characters, and its request ends", async () => {
  const endless = function* () {
    for (;;) yield "这句话很长。";
  };
  const llm = new ScriptedLlm(endless());
  const { text, reason } = await run(llm);
  assertEquals(reason, "cut");
  assertEquals(new TextEncoder().encode(text).length, 65_535);
  const whole = await run(new ScriptedLlm(["x".repeat(65_536), STOP]));
  assertEquals([whole.text.length, whole.reason], [65_536, "complete"]);
});

test("Dialogue: 100,000 characters without a full stop, at once or one by one, are short pieces and cut", async () => {
  for (const script of [["a".repeat(100_000), STOP], [..."word ".repeat(20_000), STOP]]) {
    const { events, text, reason } = await run(new ScriptedLlm(script));
    assertEquals([text.length, reason], [65_536, "cut"]);
    assert(
      events.every((event) => event.type !== "piece" || event.text.length <= 200),
      "a piece is too long",
    );
  }
});

test("Dialogue: nothing to hear and no face is llm.empty: nothing, thinking alone, white space, rules", async () => {
  for (
    const script of [[STOP], [], ["  \n", STOP], ["***\n---\n", STOP], ["<think>Hm, well.</think>\n", STOP]]
  ) {
    const { code, spoken, reason } = await run(new ScriptedLlm(script));
    assertEquals([code, spoken, reason], ["llm.empty", "", undefined]);
  }
});

test("Dialogue: code alone is shown, and one sentence says so", async () => {
  const answer = "```js\nlet x = 1;\nlet y = 2;\n```\n";
  const { text, spoken, reason } = await run(new ScriptedLlm([...answer, STOP]));
  assertEquals([text, spoken, reason], [answer, "The code is on the screen.", "complete"]);
});

test("Dialogue: an emoji alone is a face and no error", async () => {
  const { events, code, reason } = await run(new ScriptedLlm(["😆", STOP]));
  assertEquals([code, reason], [undefined, "complete"]);
  assert(events[0]?.type === "piece" && events[0].emotion === "laughing" && events[0].spoken === "");
});

test("Dialogue: markup is shown as it is, and its words alone are spoken", async () => {
  const answer =
    "😊 # Weather\n\n**Sun** and `rain`, see [here](https://example.org/x?y=1).\n\n- one thing\n";
  const { events, text, spoken, reason } = await run(new ScriptedLlm([...answer, STOP]));
  assertEquals([text, reason], [answer, "complete"]);
  assertEquals(/[#*`\[\]]|https/.test(spoken), false, spoken);
  assertStringIncludes(spoken, "Sun and rain");
  assert(events[0]?.type === "piece" && events[0].emotion !== undefined);
});

test("Dialogue: HTML ends like any other answer, and nothing is lost", async () => {
  const answer = "<html><body><h1>502 Bad Gateway</h1></body></html>";
  const { text, code, reason } = await run(new ScriptedLlm([answer, STOP]));
  assertEquals([text, code, reason], [answer, undefined, "complete"]);
});

test("Dialogue: an answer in another language is cut by the marks of that language", async () => {
  const answer = "今天天气很好，我们去散步吧。明天可能下雨。";
  const { events, spoken } = await run(new ScriptedLlm([...answer, STOP]));
  assert(events.length >= 3);
  assertStringIncludes(spoken, "明天可能下雨。");
});

test("Dialogue: half characters join across two parts, are replaced where alone, and controls are spaces", async () => {
  const { text } = await run(new ScriptedLlm(["Hi \ud83d", "\ude00 you\0. \udc00 And\ud800", STOP]));
  assertEquals(text, "Hi 😀 you . \ufffd And\ufffd");
});

test("Dialogue: nothing is asked before the first event is wanted, and nothing read while none is", async () => {
  const llm = new ScriptedLlm([
    "One is here.\n",
    "Then there is the second one.\n",
    "Then there is the third one.\n",
    STOP,
  ]);
  const controller = new AbortController();
  const options = { ask: llm.ask, signal: controller.signal, clock: new FakeClock() };
  const answer = new Dialogue().answer("Hi", contextWith(), options);
  await settle();
  assertEquals(llm.requests.length, 0);
  const ahead = answer.next();
  await settle();
  assertEquals(llm.taken, 1);
  assert((await ahead).value?.type === "piece");
  const rest = [];
  for await (const event of answer) rest.push(event.type);
  assertEquals(rest, ["piece", "piece", "ended"]);
});

test("Dialogue: leaving the loop ends the request", async () => {
  const llm = new ScriptedLlm(["One is here.\n", DEAF]);
  const options = { ask: llm.ask, signal: new AbortController().signal, clock: new FakeClock() };
  for await (const _ of new Dialogue().answer("Hi", contextWith(), options)) break;
  assertEquals([llm.ended, llm.signals[0]?.aborted], [1, true]);
  assertEquals(options.clock.pending, 0);
});

test("Dialogue: return() while an event is waited for ends both at once", async () => {
  const llm = new ScriptedLlm([DEAF]);
  const options = { ask: llm.ask, signal: new AbortController().signal, clock: new FakeClock() };
  const answer = new Dialogue().answer("Hi", contextWith(), options);
  const waiting = answer.next();
  await settle();
  await answer.return?.();
  assertEquals((await waiting).done, true);
  assertEquals((await answer.next()).done, true);
  assertEquals([llm.ended, options.clock.pending], [1, 0]);
});

test("Dialogue: return() before the first event asks nothing", async () => {
  const llm = new ScriptedLlm(["Hi.", STOP]);
  const options = { ask: llm.ask, signal: new AbortController().signal, clock: new FakeClock() };
  const answer = new Dialogue().answer("Hi", contextWith(), options);
  await answer.return?.();
  assertEquals([(await answer.next()).done, llm.requests.length], [true, 0]);
});

test("Dialogue: an aborted signal ends it with canceled, also before it began", async () => {
  const llm = new ScriptedLlm([DEAF]);
  const controller = new AbortController();
  const options = { ask: llm.ask, signal: controller.signal, clock: new FakeClock() };
  const waiting = new Dialogue().answer("Hi", contextWith(), options).next();
  const failed = assertRejects(() => waiting, EarshotError);
  await settle();
  controller.abort();
  assertEquals((await failed).code, "canceled");
  assertEquals([llm.ended, options.clock.pending], [1, 0]);
  const late = new Dialogue().answer("Hi", contextWith(), options).next();
  assertEquals((await assertRejects(() => late, EarshotError)).code, "canceled");
  assertEquals(llm.requests.length, 1);
});

test("Dialogue: a model that does not end when it is left holds up nothing for longer than a second", async () => {
  const clock = new FakeClock();
  async function* deaf() {
    yield { type: "text", text: "One is here.\n" } as const;
    await new Promise((resolve) => setTimeout(resolve, 0));
    try {
      yield STOP;
    } finally {
      await DEAF;
    }
  }
  const controller = new AbortController();
  const answer = new Dialogue().answer("Hi", contextWith(), { ask: deaf, signal: controller.signal, clock });
  await answer.next();
  let over = false;
  const rest = answer.next().then(() => over = true);
  await new Promise((resolve) => setTimeout(resolve, 10));
  await clock.advance(999);
  assertEquals(over, false);
  await clock.advance(1);
  await rest;
  await answer.return?.();
});

test("Dialogue: pieces and their spoken words are written as the agent writes, each whole and in its language", async () => {
  const seen: (string | undefined)[][] = [];
  const write = (text: string, language: string | undefined) => {
    seen.push([text, language]);
    return text.replaceAll("头发", "頭髮");
  };
  const dialogue = dialogueWith({ write: Promise.resolve(write) });
  // A word is cut between two parts of the answer.
  const llm = new ScriptedLlm(["我的头", "发很长，你看。", "東京の電車は楽しいです。", STOP]);
  const { text, spoken } = await run(llm, { dialogue, context: { languages: ["zh-TW", "ja"] } });
  assertEquals(
    [text, spoken.replaceAll(" ", "")],
    Array(2).fill("我的頭髮很长，你看。東京の電車は楽しいです。"),
  );
  assertEquals(seen.filter(([text]) => text?.includes("電車")).map(([, language]) => language), ["ja", "ja"]);
  assertEquals(seen.some(([text, language]) => text?.includes("头发") && language === "zh-TW"), true);
});

test("Dialogue: an answer that cannot be written fails, and so does every one after it", async () => {
  const failed = Promise.reject(new EarshotError("internal", "Cannot load the tables"));
  const dialogue = dialogueWith({ write: failed });
  for (let time = 0; time < 2; time++) {
    assertEquals((await run(new ScriptedLlm([]), { dialogue })).code, "internal");
  }
});
