import { assertEquals } from "@std/assert";
import { Dialogue, type DialogueEvent, type PastTurn } from "../../../lib/dialogue/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { Ahead, type Asked } from "../../../lib/session/answering/ahead.ts";
import { AnswerRig, type ServiceOptions } from "../../llm/answer_rig.ts";
import { settle } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const PAST: readonly PastTurn[] = [];

const askedOf = (text: string, changes: Partial<Asked> = {}): Asked => ({
  text,
  language: undefined,
  usualLanguage: "en",
  speaker: undefined,
  past: PAST,
  summary: "",
  nowMs: Date.UTC(2026, 0, 1),
  ...changes,
});

/** The request ahead of a turn, over scripted services on a fake clock. */
class Rig {
  readonly services: AnswerRig;
  readonly scope: Scope;
  readonly ahead: Ahead;
  readonly #dialogue = new Dialogue();

  constructor(...services: readonly ServiceOptions[]) {
    this.services = new AnswerRig(...services);
    this.scope = new Scope("turn", { clock: this.services.clock });
    this.ahead = new Ahead(this.scope);
  }

  get clock() {
    return this.services.clock;
  }

  get llm() {
    return this.services.llm;
  }

  /** How each request has ended so far. */
  get ends() {
    return this.llm.calls.map(({ end }) => end);
  }

  async ask(text: string, changes: Partial<Asked> = {}, ready: Promise<void> = Promise.resolve()) {
    this.ahead.ask(text, {
      answerer: this.services.answerer,
      flow: "device",
      asked: async () => {
        await ready;
        return askedOf(text, changes);
      },
      answer: ({ text, language, nowMs }, { ask, signal }) =>
        this.#dialogue.answer(text, {
          prompt: "",
          languages: ["en"],
          ...(language !== undefined && { heardLanguage: language }),
          history: [],
          summary: "",
          nowMs,
          timeZone: "UTC",
        }, { ask, signal, clock: this.clock }),
    });
    await settle();
  }

  /** Takes it over; `undefined` where the question is to be asked anew. */
  take(text: string, changes: Partial<Asked> = {}): Taken | undefined {
    const events = this.ahead.take(askedOf(text, changes));
    return events === undefined ? undefined : new Taken(events);
  }

  /** Ends the turn; nothing may be left of it. */
  async close(): Promise<void> {
    const report = await this.scope.close();
    assertEquals([report.ok, this.llm.active, this.services.runners[0]?.stats.active, this.clock.pending], [
      report.total,
      0,
      0,
      0,
    ]);
  }
}

/** An answer that was taken over, read as it comes. */
class Taken {
  text = "";
  end: string | undefined;
  readonly over: Promise<void>;

  constructor(events: AsyncIterable<DialogueEvent>) {
    this.over = this.#read(events);
  }

  async #read(events: AsyncIterable<DialogueEvent>): Promise<void> {
    try {
      for await (const event of events) {
        if (event.type === "piece") this.text += event.text;
        else if (event.type === "ended") this.end = event.reason;
      }
    } catch (thrown) {
      this.end = EarshotError.from(thrown).code;
    }
  }
}

test("ahead: what the service needs passes before the end of speech is known, and its answer is used as it is", async () => {
  const rig = new Rig({ maxConcurrent: 1 });
  rig.llm.script = () => ({ text: "It is late. Go to bed.", firstTokenMs: 400, tokenMs: 10 });
  await rig.ask("what time is it");
  await rig.clock.advance(410); // 300 ms of silence were known to be a pause, 710 are the end
  const taken = rig.take("What time is it?");
  await rig.clock.advance(30);
  assertEquals(taken?.text, "It is late. ");
  await rig.clock.advance(100);
  assertEquals([taken?.text, taken?.end, rig.services.asked], ["It is late. Go to bed.", "complete", [1]]);
  assertEquals(rig.services.told, ["ahead started", "first_token", "ahead used", "ended stop"]);
  await rig.close();
});

test("ahead: a question that differs in anything is asked anew, and what was asked ends at its socket", async () => {
  const others: readonly (readonly [text: string, changes: Partial<Asked>])[] = [
    ["what time is it now", {}],
    ["it", {}],
    ["what time is it", { language: "de" }],
    ["what time is it", { speaker: "Alice" }],
    ["what time is it", { past: [] }],
    ["what time is it", { summary: "They spoke of time." }],
    ["what time is it", { nowMs: Date.UTC(2026, 0, 1, 0, 1) }],
  ];
  for (const [text, changes] of others) {
    const rig = new Rig();
    rig.llm.script = () => ({ text: "It is late.", firstTokenMs: 400 });
    await rig.ask("what time is it");
    await rig.clock.advance(100);
    assertEquals(rig.ends, [undefined]);
    assertEquals(rig.take(text, changes), undefined, JSON.stringify([text, changes]));
    await settle();
    assertEquals(rig.ends, ["canceled"]);
    assertEquals(rig.take("what time is it"), undefined, "it is given up for good");
    await rig.close();
  }
});

test("ahead: the usual language and none are the same, and so are words with other punctuation", async () => {
  const rig = new Rig();
  await rig.ask("what time is it");
  const taken = rig.take("What time is it?", { language: "en" });
  await taken?.over;
  assertEquals([taken?.end, rig.services.asked], ["complete", [1]]);
  await rig.close();
});

test("ahead: other words take the place of the former, the same ones leave it as it is", async () => {
  const rig = new Rig({ maxConcurrent: 1 });
  rig.llm.script = () => ({ text: "It is late.", firstTokenMs: 400 });
  await rig.ask("what");
  await rig.ask("What?");
  assertEquals(rig.services.asked, [1]);
  await rig.ask("what time");
  assertEquals([rig.ends, rig.llm.maxActive], [["canceled", undefined], 1]);
  rig.ahead.giveUp();
  await settle();
  assertEquals(rig.ends, ["canceled", "canceled"]);
  assertEquals(rig.take("what time"), undefined);
  await rig.close();
});

test("ahead: a speaker who pauses often has eight requests made, and no more", async () => {
  const rig = new Rig();
  rig.llm.script = () => ({ text: "Yes.", hangsAt: "first_token" });
  for (let count = 0; count < 20; count++) await rig.ask(`words ${count}`);
  assertEquals([rig.services.asked, rig.llm.active], [[8], 0]);
  assertEquals(rig.take("words 19"), undefined);
  await rig.close();
});

test("ahead: a turn that ends takes its request along, before it is sent and after it was taken over as well", async () => {
  const waiting = new Rig();
  const ready = Promise.withResolvers<void>();
  await waiting.ask("hello", {}, ready.promise);
  const closed = waiting.scope.close();
  ready.resolve();
  await closed;
  await settle();
  assertEquals(waiting.services.asked, [0]);
  await waiting.ask("hello again");
  assertEquals(waiting.services.asked, [0]);

  for (const takes of [false, true]) {
    const rig = new Rig();
    rig.llm.script = () => ({ text: "Well, well.", hangsAt: "end" });
    await rig.ask("hello");
    const taken = takes ? rig.take("hello") : undefined;
    await settle();
    await rig.close();
    await taken?.over;
    assertEquals([rig.ends, taken?.end], [["canceled"], takes ? "canceled" : undefined]);
  }
});

test("ahead: a reader who leaves ends it", async () => {
  const rig = new Rig();
  rig.llm.script = () => ({ text: "One. Two. Three.", tokenMs: 100 });
  await rig.ask("count");
  const events = rig.ahead.take(askedOf("count"));
  if (events === undefined) throw new Error("Cannot go on: it was not taken");
  const reading = (async () => {
    for await (const _ of events) break;
  })();
  await rig.clock.advance(150);
  await reading;
  assertEquals(rig.ends, ["canceled"]);
  await rig.close();
});

test("ahead: taken before its question was sent, it is asked anew", async () => {
  const rig = new Rig();
  const ready = Promise.withResolvers<void>();
  await rig.ask("hello", {}, ready.promise);
  assertEquals(rig.take("hello"), undefined);
  ready.resolve();
  await settle();
  assertEquals(rig.services.asked, [0]);
  await rig.close();
});

test("ahead: a service that fails, that keeps a history, or has no place is not taken over", async () => {
  const failing = new Rig();
  failing.llm.script = () => ({ fault: { at: "headers", error: "llm.failed" } });
  await failing.ask("hello");
  assertEquals([failing.take("hello"), failing.services.asked], [undefined, [1]]);
  await failing.close();

  const keeper = new Rig({ stateless: false });
  await keeper.ask("hello");
  assertEquals([keeper.take("hello"), keeper.services.asked], [undefined, [0]]);
  await keeper.close();

  const full = new Rig({ maxConcurrent: 1 });
  full.llm.script = () => ({ text: "It is late.", firstTokenMs: 400 });
  const other = full.services.ask("of another device");
  await full.ask("hello");
  assertEquals([full.take("hello"), full.services.asked], [undefined, [1]]);
  await full.clock.advance(500);
  assertEquals(other.end, "stop");
  await full.close();
});

test("ahead: a real question takes its place, and then it is asked anew", async () => {
  const rig = new Rig({ maxConcurrent: 1 });
  rig.llm.script = () => ({ text: "It is late.", firstTokenMs: 400 });
  await rig.ask("hello");
  const other = rig.services.ask("of another device");
  await settle();
  assertEquals([rig.ends, rig.take("hello")], [["canceled", undefined], undefined]);
  await rig.clock.advance(500);
  assertEquals(other.end, "stop");
  await rig.close();
});

test("ahead: a conversation that is too long is asked again as ahead of time, and taken over then", async () => {
  const rig = new Rig();
  const past: readonly PastTurn[] = [{
    user: "a",
    answer: "b",
    heardChars: 1,
    atMs: Date.UTC(2025, 11, 31, 23, 59),
  }];
  rig.llm.script = (_request, index) =>
    index === 0
      ? { fault: { at: "headers", error: "llm.context" } }
      : { text: "It is late.", firstTokenMs: 400 };
  rig.ahead.ask("hello", {
    answerer: rig.services.answerer,
    flow: "device",
    asked: () => Promise.resolve(askedOf("hello", { past })),
    answer: ({ text, past, nowMs }, { ask, signal }) =>
      new Dialogue().answer(text, {
        prompt: "",
        languages: ["en"],
        history: past,
        summary: "",
        nowMs,
        timeZone: "UTC",
      }, { ask, signal, clock: rig.clock }),
  });
  await rig.clock.advance(100);
  assertEquals(rig.services.asked, [2]);
  const taken = rig.take("hello", { past });
  // What is asked twice comes through more promises than one step lets settle.
  for (let step = 0; step < 5; step++) await rig.clock.advance(100);
  assertEquals([taken?.text, taken?.end, rig.services.told.filter((what) => what.startsWith("ahead"))], [
    "It is late.",
    "complete",
    ["ahead started", "ahead started", "ahead used"],
  ]);
  await rig.close();
});
