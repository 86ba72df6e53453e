import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { DialogueContext, DialogueEvent } from "../../lib/dialogue/contract.ts";
import { Dialogue } from "../../lib/dialogue/dialogue.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import type { LlmText } from "../../lib/llm/mod.ts";
import { Toolbox, type TurnTools } from "../../lib/tools/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeTools } from "../support/fake_tools.ts";
import { test } from "../support/test.ts";
import { contextWith, pastTurn, ScriptedLlm, type Step, STOP } from "./dialogue_harness.ts";

let ids = 0;
const calls = (name: string, args: unknown = {}): LlmText => ({
  type: "tool_call",
  call: { id: `call_${++ids}`, name, arguments: JSON.stringify(args) },
});
const EMPTY = new EarshotError("llm.empty", "Cannot answer: nothing");

interface Rig {
  readonly clock: FakeClock;
  readonly source: FakeTools;
  readonly tools: (before?: TurnTools) => TurnTools;
}

async function withRig(run: (rig: Rig) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const scope = new Scope("session", { clock });
  const toolbox = new Toolbox({ clock, scope });
  const source = new FakeTools("device");
  try {
    await run({
      clock,
      source,
      tools: (before) => toolbox.turn([source], { trusted: true, allow: ["*"], before }),
    });
  } finally {
    await scope.close();
  }
}

async function answer(
  llm: ScriptedLlm,
  { clock, tools, question = "Do it", context = {}, signal = new AbortController().signal, mayAct }: {
    readonly clock: FakeClock;
    readonly tools: TurnTools | undefined;
    readonly question?: string;
    readonly context?: Partial<DialogueContext>;
    readonly signal?: AbortSignal;
    readonly mayAct?: () => Promise<void>;
  },
): Promise<
  { readonly events: readonly DialogueEvent[]; readonly text: string; readonly code: string | undefined }
> {
  const events: DialogueEvent[] = [];
  let code: string | undefined;
  try {
    const options = { ask: llm.ask, signal, clock, tools, ...(mayAct && { mayAct }) };
    for await (const event of new Dialogue().answer(question, contextWith(context), options)) {
      events.push(event);
    }
  } catch (thrown) {
    code = EarshotError.from(thrown).code;
  }
  assertEquals(llm.ended, llm.requests.length, "a request was left open");
  return { events, text: events.map((event) => event.type === "piece" ? event.text : "").join(""), code };
}

test("Dialogue: what is called is done, and the model is told what came of it", () =>
  withRig(async ({ clock, source, tools }) => {
    source.add(
      "lamp",
      { parameters: { type: "object", properties: { on: { type: "boolean" } } } },
      () => ({ text: "it is on" }),
    );
    const llm = new ScriptedLlm(["One moment.", calls("lamp", { on: true }), STOP], [
      "The lamp is on.",
      STOP,
    ]);
    const { text, events } = await answer(llm, { clock, tools: tools() });
    assertEquals(text, "One moment.\nThe lamp is on.");
    assertEquals(events.at(-1), { type: "ended", reason: "complete" });
    const [first, second] = llm.requests;
    assertEquals(first?.tools?.map(({ name }) => name), ["lamp"]);
    assertEquals(first?.steps, undefined);
    assertEquals(
      second?.steps?.map((
        { text, results },
      ) => [text, results.map((result) => [result.call.name, result.text])]),
      [
        ["One moment.", [["lamp", "it is on"]]],
      ],
    );
    assertStringIncludes(first?.instructions ?? "", "what your tools do");
    assertEquals(first?.instructions, second?.instructions);
  }));

test("Dialogue: without tools nothing of them is told, of the past neither", () =>
  withRig(async ({ clock }) => {
    const llm = new ScriptedLlm(["Hello.", STOP]);
    const step = { tool: "lamp", arguments: "{}", result: "on", status: "done" } as const;
    await answer(llm, {
      clock,
      tools: undefined,
      context: { history: [pastTurn("Lamp on", "It is on.", { steps: [step] })] },
    });
    assertEquals(llm.requests[0]?.tools, undefined);
    assertEquals(llm.requests[0]?.history, [{ role: "user", content: "Lamp on" }, {
      role: "assistant",
      content: "It is on.",
    }]);
    assertStringIncludes(llm.requests[0]?.instructions ?? "", "You can talk and nothing else");
  }));

test("Dialogue: what was done in earlier turns is told with its results, heard or not", () =>
  withRig(async ({ clock, source, tools }) => {
    source.add("lamp");
    const llm = new ScriptedLlm(["Yes.", STOP]);
    const step = { tool: "lamp", arguments: "{}", result: "on", status: "done" } as const;
    const history = [
      pastTurn("Lamp on", "It is on.", { steps: [step] }),
      pastTurn("And off", "It is off.", { heardChars: 0, steps: [{ ...step, result: "off" }] }),
    ];
    await answer(llm, { clock, tools: tools(), context: { history }, question: "Is it off?" });
    const [request] = llm.requests;
    assertEquals(request?.history[1]?.steps?.[0]?.results.map(({ text }) => text), ["on"]);
    assertEquals(request?.steps?.[0]?.results.map(({ text }) => text), ["off"]);
    assertEquals(request?.question, "And off\nIs it off?");
  }));

test("Dialogue: after 4 rounds nothing may be called, and the answer ends in words", () =>
  withRig(async ({ clock, source, tools }) => {
    source.add("again");
    const rounds = Array.from({ length: 8 }, (_, n): Step[] => [calls("again", { n }), STOP]);
    const llm = new ScriptedLlm(...rounds);
    const { text, events } = await answer(llm, { clock, tools: tools() });
    assertEquals(llm.requests.map(({ toolsClosed }) => toolsClosed), [
      undefined,
      undefined,
      undefined,
      undefined,
      true,
    ]);
    assertEquals(source.calls.length, 4);
    assertEquals([text, events.at(-1)?.type], ["Done.", "ended"]);
  }));

test("Dialogue: a model that has no words after its tools is no fault; one without tools is", () =>
  withRig(async ({ clock, source, tools }) => {
    source.add("lamp");
    assertEquals(
      (await answer(new ScriptedLlm([calls("lamp"), STOP], [EMPTY]), { clock, tools: tools() })).text,
      "Done.",
    );
    assertEquals((await answer(new ScriptedLlm([EMPTY]), { clock, tools: tools() })).code, "llm.empty");
    const chinese = await answer(new ScriptedLlm([calls("lamp"), STOP], [STOP]), {
      clock,
      tools: tools(),
      context: { languages: ["zh-CN"] },
    });
    assertEquals(chinese.text, "好了。");
  }));

test("Dialogue: a model that fails after its tools were called fails the answer, and what was done is known", () =>
  withRig(async ({ clock, source, tools }) => {
    source.add("lamp");
    const turn = tools();
    const llm = new ScriptedLlm([calls("lamp"), STOP], [
      new EarshotError("llm.timeout", "Cannot answer: late"),
    ]);
    assertEquals((await answer(llm, { clock, tools: turn })).code, "llm.timeout");
    assertEquals(turn.steps.map(({ tool, status }) => [tool, status]), [["lamp", "done"]]);
  }));

test("Dialogue: tools that hang end the rounds after 30 s, and the model is asked for words", () =>
  withRig(async ({ clock, source, tools }) => {
    source.add("hangs", {}, () => new Promise(() => {}));
    const rounds = Array.from({ length: 4 }, (_, n): Step[] => [calls("hangs", { n }), STOP]);
    const llm = new ScriptedLlm(...rounds.slice(0, 3), ["I could not.", STOP]);
    const ended = answer(llm, { clock, tools: tools() });
    for (let second = 0; second < 31; second++) await clock.advance(1_000);
    assertEquals((await ended).text, "I could not.");
    assertEquals(llm.requests.at(-1)?.toolsClosed, true);
  }));

test("Dialogue: ahead of time no tool is called before it may act", () =>
  withRig(async ({ clock, source, tools }) => {
    source.add("lamp");
    const gate = Promise.withResolvers<void>();
    const llm = new ScriptedLlm([calls("lamp"), STOP], ["It is on.", STOP]);
    const ended = answer(llm, { clock, tools: tools(), mayAct: () => gate.promise });
    await clock.advance(5_000);
    assertEquals([source.calls.length, llm.requests.length], [0, 1]);
    gate.resolve();
    assertEquals((await ended).text, "It is on.");
  }));

test("Dialogue: an answer that is given up in mid-call throws canceled, and the call is canceled in the record", () =>
  withRig(async ({ clock, source, tools }) => {
    source.add("reads", { kind: "read" }, () => new Promise(() => {}));
    const life = new AbortController();
    const turn = tools();
    const ended = answer(new ScriptedLlm([calls("reads"), STOP]), {
      clock,
      tools: turn,
      signal: life.signal,
    });
    await clock.advance(100);
    life.abort(new EarshotError("canceled", "over"));
    assertEquals((await ended).code, "canceled");
    assertEquals(turn.steps.map(({ status }) => status), ["canceled"]);
    assertEquals(source.calls[0]?.signal.aborted, true);
  }));

test("Dialogue: effects come after what was said before the call, once each", () =>
  withRig(async ({ clock, source, tools }) => {
    source.add("bye", {}, () => ({ text: "ok", effect: { type: "end" } }));
    const llm = new ScriptedLlm(["Well.", calls("bye"), calls("bye"), STOP], ["Goodbye!", STOP]);
    const { events } = await answer(llm, { clock, tools: tools() });
    assertEquals(
      events.map((event) => event.type === "piece" ? event.text.trim() : event.type),
      ["Well.", "effect", "", "Goodbye!", "ended"].filter((part) => part !== ""),
    );
  }));

test("Dialogue: what asks back is asked in our own words, and done by a yes alone", () =>
  withRig(async ({ clock, source, tools }) => {
    source.add("unlock", { kind: "destructive", title: "Unlock the door" }, () => ({ text: "unlocked" }));
    const ask = () => new ScriptedLlm([calls("unlock", { door: "front" }), STOP], ["It is open.", STOP]);
    const first = ask();
    assertEquals(
      (await answer(first, { clock, tools: tools() })).text,
      "Shall I really do this: Unlock the door: front? If so, say yes.",
    );
    assertEquals([source.calls.length, first.requests.length], [0, 1]);
    const yes = new ScriptedLlm(["It is open.", STOP]);
    assertEquals(
      (await answer(yes, { clock, tools: tools(), question: "Yes, please." })).text,
      "It is open.",
    );
    assertEquals(source.calls.map(({ args }) => args), [{ door: "front" }]);
    assertEquals(yes.requests[0]?.steps?.[0]?.results[0]?.text, "unlocked");
    // Anything else is no yes, whatever the model makes of it.
    await answer(ask(), { clock, tools: tools() });
    const other = ask();
    const { text } = await answer(other, { clock, tools: tools(), question: "Yes, but what is that?" });
    assert(text.startsWith("Shall I really"), text);
    assertEquals(source.calls.length, 1);
  }));

test("Dialogue: what was done for withdrawn words is not done again, and its effect is not lost", () =>
  withRig(async ({ clock, source, tools }) => {
    source.add("play", {}, () => ({ text: "playing", effect: { type: "end" } }));
    const before = tools();
    const hangs = new Promise(() => {});
    const life = new AbortController();
    const withdrawn = answer(new ScriptedLlm([calls("play"), STOP], [hangs]), {
      clock,
      tools: before,
      signal: life.signal,
    });
    await clock.advance(100);
    life.abort(new EarshotError("canceled", "withdrawn"));
    await withdrawn;
    const turn = tools(before);
    const llm = new ScriptedLlm([calls("play"), STOP], ["It plays.", STOP]);
    const { events } = await answer(llm, { clock, tools: turn });
    assertEquals(source.calls.length, 1);
    assertEquals(llm.requests[0]?.steps?.[0]?.results[0]?.text, "playing");
    assertEquals(events.filter(({ type }) => type === "effect").length, 1);
    assertEquals(turn.steps.map(({ tool, status }) => [tool, status]), [["play", "done"]]);
  }));
