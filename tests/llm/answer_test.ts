import { assert, assertEquals } from "@std/assert";
import type { AskLlm } from "../../lib/dialogue/mod.ts";
import { EarshotError, type ErrorCode } from "../../lib/errors/mod.ts";
import { Answerer, MAX_ANSWER_BYTES } from "../../lib/llm/mod.ts";
import { HttpRefusal } from "../../lib/net/mod.ts";
import { countedSignal } from "../support/counted_signal.ts";
import fc from "../support/fast_check.ts";
import { settle } from "../support/fake_clock.ts";
import { type FakeAnswer, type FakeStep, requestOf } from "../support/fake_llm.ts";
import { test } from "../support/test.ts";
import { inTime } from "../support/until.ts";
import { AnswerRig } from "./answer_rig.ts";

const fault = (error: ErrorCode | Error, at: FakeStep = "headers"): FakeAnswer => ({ fault: { at, error } });
const STEPS: readonly FakeStep[] = ["headers", "first_token", { afterPieces: 1 }, { afterPieces: 2 }, "end"];

test("Answerer: text comes as it is written, then what was counted, then the end", async () => {
  const rig = new AnswerRig();
  const usage = { promptTokens: 12, answerTokens: 3 };
  rig.llm.script = () => ({ text: "It is late.", headersMs: 100, firstTokenMs: 200, tokenMs: 50, usage });
  const reading = rig.ask();
  await rig.clock.advance(299);
  assertEquals(reading.text, "");
  await rig.clock.advance(1);
  assertEquals(reading.text, "It ");
  await rig.clock.advance(100);
  assertEquals(reading.text, "It is late.");
  await rig.clock.advance(50);
  assertEquals(reading.events.slice(-2), [{ type: "usage", ...usage }, { type: "ended", reason: "stop" }]);
  assertEquals(rig.events, [
    { type: "admitted", queueMs: 0 },
    { type: "first_token", firstTokenMs: 300 },
    { type: "ended", reason: "stop", cut: false, totalMs: 450, ...usage },
  ]);
  assertEquals([rig.runners[0]?.stats.active, rig.clock.pending], [0, 0]);
});

test("Answerer: a service is told whose conversation it is: that of the flow, with each of a chain", async () => {
  const rig = new AnswerRig({}, {});
  rig.llm.script = () => fault("llm.auth");
  rig.ask("Hello?", { flow: "02:00:00:aa:bb:cc" });
  await rig.clock.advance(0);
  for (const { calls } of rig.services) {
    assertEquals(calls.map(({ request }) => request.conversation), ["02:00:00:aa:bb:cc"]);
  }
});

test("Answerer: what a service that keeps the history has counted is a metric, and no measure of what was sent", async () => {
  const usage = { promptTokens: 9_000, answerTokens: 3 };
  const rig = new AnswerRig({ stateless: false, script: () => ({ text: "It is late.", usage }) });
  const reading = rig.ask();
  await inTime(reading.over, "the answer");
  assertEquals([reading.text, reading.end], ["It is late.", "stop"]);
  assertEquals(reading.events.filter(({ type }) => type === "usage"), []);
  const ended = rig.events.at(-1);
  assertEquals(ended?.type === "ended" && ended.promptTokens, 9_000);
});

test("Answerer: it fits what the dialogue asks with", async () => {
  const { answerer, clock } = new AnswerRig();
  const ask: AskLlm = (request, signal) => answerer.ask(request, { signal, flow: "device" });
  const texts: string[] = [];
  for await (const event of ask(requestOf("Hello?"), new AbortController().signal)) {
    if (event.type === "text") texts.push(event.text);
  }
  assertEquals([texts.join(""), clock.pending], ["You said: Hello?", 0]);
});

test("Answerer: how an answer ended is passed on, and an end that is missing after text is a broken off answer", async () => {
  for (
    const [reason, expected] of [["length", "length"], ["truncated", "truncated"], [
      "none",
      "truncated",
    ]] as const
  ) {
    const rig = new AnswerRig();
    rig.llm.script = () => ({ text: "Half of", reason });
    const reading = rig.ask();
    await rig.clock.advance(0);
    assertEquals([reading.text, reading.end], ["Half of", expected]);
  }
});

test("Answerer: each of the four deadlines ends the request at its socket, and says which it was", async () => {
  const block = {
    headersTimeoutMs: 1_000,
    firstTokenTimeoutMs: 2_000,
    tokenTimeoutMs: 3_000,
    totalTimeoutMs: 10_000,
    retries: 0,
  };
  const cases: readonly (readonly [FakeAnswer, number, string])[] = [
    [{ hangsAt: "headers" }, 1_000, "it did not begin to answer within 1000 ms"],
    [{ hangsAt: "first_token" }, 2_000, "it began to answer, but said no word within 2000 ms"],
    [{ firstTokenMs: 9_000, aliveEveryMs: 100, text: "late" }, 2_000, "but said no word within 2000 ms"],
    [{ text: ["a", "b"], hangsAt: { afterPieces: 1 } }, 3_000, "it stopped in mid-answer within 3000 ms"],
    [
      { text: ["a", "b", "c"], tokenMs: 1_500, hangsAt: "end" },
      6_000,
      "it stopped in mid-answer within 3000 ms",
    ],
    [{ text: Array(99).fill("a"), tokenMs: 1_000 }, 10_000, "the whole answer was not there within 10000 ms"],
    [{ text: ["a", "b"], tokenMs: 50_000, aliveEveryMs: 1_000 }, 10_000, "the whole answer was not there"],
  ];
  for (const [answer, atMs, words] of cases) {
    const rig = new AnswerRig({ block });
    rig.llm.script = () => answer;
    const reading = rig.ask();
    // A deadline is looked at in parts, each of which the fake clock runs in order.
    await rig.clock.advance(atMs - 1);
    assertEquals(reading.end, undefined, words);
    await rig.clock.advance(201);
    assertEquals(reading.end, "llm.timeout", words);
    assert(reading.error?.message.includes(words), reading.error?.message);
    assertEquals(
      [rig.llm.calls[0]?.end, rig.runners[0]?.stats.active, rig.clock.pending],
      ["canceled", 0, 0],
      words,
    );
  }
});

test("Answerer: signs of life keep an answer alive between two words, for as long as the whole may take", async () => {
  const rig = new AnswerRig({ block: { tokenTimeoutMs: 1_000 } });
  rig.llm.script = () => ({ text: ["Let me think. ", "Yes."], tokenMs: 30_000, aliveEveryMs: 900 });
  const reading = rig.ask();
  await rig.clock.advance(60_000);
  assertEquals([reading.text, reading.end], ["Let me think. Yes.", "stop"]);
});

test("Answerer: blanks are not the first word, and no answer", async () => {
  const rig = new AnswerRig({ block: { firstTokenTimeoutMs: 1_000, retries: 0 } });
  rig.llm.script = () => ({ text: ["\n\n", " ", " Hello", " there\n"], tokenMs: 300 });
  const reading = rig.ask();
  await rig.clock.advance(2_000);
  assertEquals([reading.text, reading.firstMs], ["Hello there\n", 600]);
  rig.llm.script = () => ({ text: ["\n", " "] });
  const empty = rig.ask();
  await rig.clock.advance(0);
  assertEquals([empty.end, empty.error?.message], ["llm.empty", "Cannot answer with llm0: it said no word"]);
});

test("Answerer: a fault that may pass is tried again before the first word, and never after it", async () => {
  for (const [step, tries] of [["headers", 2], ["first_token", 2], [{ afterPieces: 1 }, 1]] as const) {
    const rig = new AnswerRig();
    rig.llm.script = (_, index) => ({ text: ["a", "b"], ...(index === 0 ? fault("llm.failed", step) : {}) });
    const reading = rig.ask();
    await rig.clock.advance(99);
    assertEquals(rig.asked, [1]);
    await rig.clock.advance(1);
    assertEquals(rig.asked, [tries]);
    assertEquals([reading.text, reading.end], tries === 2 ? ["ab", "stop"] : ["a", "llm.failed"]);
  }
});

test("Answerer: what a service never cures by itself, and a conversation that is too long, is not tried again", async () => {
  for (
    const code of [
      "llm.auth",
      "llm.config",
      "llm.quota",
      "llm.content",
      "llm.context",
      "llm.protocol",
    ] as const
  ) {
    const rig = new AnswerRig({ block: { retries: 3 } });
    rig.llm.script = () => fault(code);
    const reading = rig.ask();
    await rig.clock.advance(10_000);
    assertEquals([reading.end, rig.asked], [code, [1]]);
  }
});

test("Answerer: an answer without a word is tried again, then an error", async () => {
  const rig = new AnswerRig();
  rig.llm.script = () => ({});
  const reading = rig.ask();
  await rig.clock.advance(1_000);
  assertEquals([reading.end, rig.asked], ["llm.empty", [2]]);
});

test("Answerer: a service may say when it is to be asked again, up to two seconds; beyond that it is not", async () => {
  const busy = (retryAfterMs: number, cause = false) => {
    const facts = Object.assign(new Error("429"), { retryAfterMs });
    const error = new EarshotError(
      "llm.throttled",
      "Cannot answer: the test says so",
      cause ? { cause: facts } : {},
    );
    return cause ? error : Object.assign(error, { retryAfterMs });
  };
  for (const error of [busy(1_500), busy(1_500, true)]) {
    const rig = new AnswerRig();
    rig.llm.script = (_, index) => index === 0 ? fault(error) : { text: "Yes." };
    const reading = rig.ask();
    await rig.clock.advance(1_499);
    assertEquals(rig.asked, [1]);
    await rig.clock.advance(1);
    assertEquals([rig.asked, reading.text], [[2], "Yes."]);
  }
  const headers = new Map([["retry-after", "1.5"]]);
  const refusal = new HttpRefusal("nas", { status: 429, headers, body: "" });
  const refused = new EarshotError("llm.throttled", "Cannot answer: the test says so", { cause: refusal });
  const polite = new AnswerRig();
  polite.llm.script = (_, index) => index === 0 ? fault(refused) : { text: "Yes." };
  polite.ask();
  await polite.clock.advance(1_499);
  assertEquals(polite.asked, [1]);
  await polite.clock.advance(1);
  assertEquals(polite.asked, [2]);
  const rig = new AnswerRig();
  rig.llm.script = () => fault(busy(2_001));
  const reading = rig.ask();
  await rig.clock.advance(0);
  assertEquals([rig.asked, reading.end], [[1], "llm.throttled"]);
});

/** How often it is asked in all, after each fault. */
const CASES = [
  ["llm.unreachable", 2],
  ["llm.throttled", 2],
  ["llm.failed", 1],
  ["llm.empty", 1],
] as const;

test("Answerer: a service that keeps the history, or acts, is asked again only when it has not read the question", async () => {
  const once = [{ stateless: false }, { acts: true }];
  for (
    const [capabilities, code, tries] of once.flatMap((one) => CASES.map((row) => [one, ...row] as const))
  ) {
    const rig = new AnswerRig(capabilities);
    rig.llm.script = () => fault(code);
    const reading = rig.ask();
    await rig.clock.advance(1_000);
    assertEquals([reading.end, rig.asked], [code, [tries]]);
  }
});

test("Answerer: no try begins that would be due after the whole answer", async () => {
  const rig = new AnswerRig({ block: { totalTimeoutMs: 1_000 } });
  rig.llm.script = () => ({ headersMs: 950, ...fault("llm.failed") });
  const reading = rig.ask();
  await rig.clock.advance(2_000);
  assertEquals([reading.end, rig.asked], ["llm.failed", [1]]);
});

test("Answerer: what a service has no rule for is the next one's, and no fault of the first", async () => {
  const rig = new AnswerRig({ acts: true, stateless: false, block: { breakerFailures: 1 } }, {});
  rig.llm.script = () => fault("llm.unmatched");
  for (const question of ["one", "two"]) {
    const reading = rig.ask(question);
    await rig.clock.advance(0);
    assertEquals(reading.text, `You said: ${question}`);
  }
  assertEquals([rig.asked, rig.runners[0]?.stats.breaker], [[2, 2], "closed"]);
  const alone = new AnswerRig();
  alone.llm.script = () => fault("llm.unmatched");
  const reading = alone.ask();
  await alone.clock.advance(1_000);
  assertEquals([reading.end, alone.asked], ["llm.unmatched", [1]]);
});

test("Answerer: the next service takes over from one that fails before its first word, or is broken", async () => {
  for (const code of ["llm.unreachable", "llm.auth", "llm.quota", "llm.empty", "llm.protocol"] as const) {
    const rig = new AnswerRig({ block: { retries: 0 } }, {});
    rig.llm.script = () => fault(code);
    const reading = rig.ask();
    await inTime(reading.over, "the answer");
    assertEquals([reading.text, rig.asked], ["You said: Hello?", [1, 1]]);
    assertEquals(rig.told, ["admitted", `${code} -> llm1`, "admitted", "first_token", "ended stop"]);
  }
  const rig = new AnswerRig({ block: { retries: 0, breakerFailures: 2 } }, {});
  rig.llm.script = () => fault("llm.unreachable");
  for (let turn = 0; turn < 4; turn++) {
    const reading = rig.ask();
    await inTime(reading.over, "the answer");
    assertEquals(reading.end, "stop");
  }
  assertEquals(rig.asked, [2, 4]);
  assertEquals(rig.told.filter((line) => line.includes("->")).at(-1), "llm.unavailable -> llm1");
  rig.llm.script = () => ({ text: "Back." });
  await rig.clock.advance(5_000);
  const back = rig.ask();
  await rig.clock.advance(0);
  assertEquals([back.text, rig.runners[0]?.stats.breaker], ["Back.", "closed"]);
});

test("Answerer: neither a refused subject nor a too long conversation is the next service's, nor what was begun", async () => {
  for (
    const [code, step] of [["llm.content", "headers"], ["llm.context", "headers"], ["llm.failed", {
      afterPieces: 1,
    }]] as const
  ) {
    const rig = new AnswerRig({}, {});
    rig.llm.script = () => ({ text: ["a", "b"], ...fault(code, step) });
    const reading = rig.ask();
    await rig.clock.advance(1_000);
    assertEquals([reading.end, rig.asked], [code, [1, 0]]);
    assertEquals(rig.runners[0]?.stats.active, 0);
  }
});

test("Answerer: a service without a place in time is followed by the next; the last one's refusal is the answer's", async () => {
  const places = { maxConcurrent: 1, block: { queue: 1 } };
  const rig = new AnswerRig(places, places);
  for (const llm of rig.services) llm.script = () => ({ text: "Long.", hangsAt: "end" });
  const readings = [rig.ask("a")];
  await rig.clock.advance(0);
  for (const question of ["b", "c", "d", "e"]) {
    readings.push(rig.ask(question));
    await rig.clock.advance(0);
  }
  // a is answered by the first, b waits for it, c is answered by the second, d waits for that, e is told.
  assertEquals(readings.map(({ text, end }) => end ?? text), ["Long.", "", "Long.", "", "llm.busy"]);
  assertEquals(readings[4]?.error?.entry.device.en !== "", true);
  await rig.clock.advance(8_000);
  assertEquals(readings.map(({ end }) => end), [undefined, "llm.busy", undefined, "llm.busy", "llm.busy"]);
});

test("Answerer: whom the next service has answered does not go first at the one that was full", async () => {
  const rig = new AnswerRig({ maxConcurrent: 1, block: { queue: 1 } }, {});
  rig.llm.script = ({ question }) => ({ text: question, firstTokenMs: 1_000 });
  const readings = ["a", "b", "c", "c", "d"].map(() => undefined as ReturnType<AnswerRig["ask"]> | undefined);
  for (const [index, flow] of ["a", "b", "c"].entries()) readings[index] = rig.ask(flow);
  await rig.clock.advance(1_000);
  assertEquals(rig.services[1]?.calls.map(({ request }) => request.question), ["c"]);
  readings[3] = rig.ask("d"); // waits behind b
  readings[4] = rig.ask("c"); // finds the queue full, and has no right to the place of d
  await rig.clock.advance(1_000);
  assertEquals(rig.services[1]?.calls.map(({ request }) => request.question), ["c", "c"]);
  await rig.clock.advance(2_000);
  assertEquals(rig.llm.calls.map(({ request }) => request.question), ["a", "b", "d"]);
});

test("Answerer: faults open the breaker, but not what lies in the question; a spent account does", async () => {
  const codes = {
    "llm.context": "closed",
    "llm.content": "closed",
    "llm.auth": "closed",
    "llm.quota": "open",
    "llm.failed": "open",
    "llm.throttled": "open",
  } as const;
  for (const [code, state] of Object.entries(codes)) {
    const rig = new AnswerRig({ block: { retries: 0, breakerFailures: 3 } });
    const error = new EarshotError(code as keyof typeof codes, "Cannot answer: the test says so");
    rig.llm.script = () => fault(error);
    for (let turn = 0; turn < 3; turn++) {
      rig.ask();
      await rig.clock.advance(0);
    }
    assertEquals(rig.runners[0]?.stats.breaker, state, code);
  }
});

test("Answerer: a question that is given up says nothing of the service, also as the trial of a breaker", async () => {
  const rig = new AnswerRig({ block: { retries: 0, breakerFailures: 1 } });
  rig.llm.script = (_, index) => index === 0 ? fault("llm.failed") : { text: "Yes.", headersMs: 100 };
  rig.ask();
  await rig.clock.advance(5_000);
  const life = new AbortController();
  rig.ask("trial", { signal: life.signal });
  await settle();
  assertEquals(rig.runners[0]?.stats.breaker, "half_open");
  life.abort();
  await settle();
  const reading = rig.ask("next");
  await rig.clock.advance(100);
  assertEquals([reading.end, rig.runners[0]?.stats.breaker], ["stop", "closed"]);
});

test("Answerer: canceled at any step, its request ends at its socket and its place is free at once", async () => {
  for (const deaf of [false, true]) {
    for (const hangsAt of STEPS) {
      const rig = new AnswerRig({ maxConcurrent: 1 });
      rig.llm.script = () => ({ text: ["a", "b"], hangsAt, deaf });
      const { controller, signal, listeners } = countedSignal();
      const reading = rig.ask("Hello?", { signal });
      await rig.clock.advance(10);
      assertEquals([rig.llm.active, reading.end], [1, undefined]);
      controller.abort();
      assertEquals(rig.runners[0]?.stats.active, 0, "at once");
      assertEquals(rig.llm.calls[0]?.signal.aborted, true);
      await settle();
      await reading.over;
      assertEquals([reading.end, listeners(), rig.clock.pending], ["canceled", 0, 0]);
      if (!deaf) assertEquals(rig.llm.calls[0]?.end, "canceled");
      assertEquals(rig.told.at(-1), "ended canceled");
    }
  }
});

test("Answerer: canceled before it begins, while it waits for a place, or between two tries, nothing is asked any more", async () => {
  const early = new AnswerRig();
  const before = early.ask("Hello?", { signal: AbortSignal.abort() });
  await before.over;
  assertEquals([before.end, early.asked], ["canceled", [0]]);

  const queued = new AnswerRig({ maxConcurrent: 1 });
  queued.llm.script = () => ({ text: "Long.", hangsAt: "end" });
  queued.ask("first");
  const life = new AbortController();
  const waiting = queued.ask("second", { signal: life.signal });
  await settle();
  assertEquals(queued.runners[0]?.stats.waiting, 1);
  life.abort();
  assertEquals(queued.runners[0]?.stats.waiting, 0);
  await waiting.over;
  assertEquals([waiting.end, queued.asked], ["canceled", [1]]);

  const retried = new AnswerRig();
  retried.llm.script = () => fault("llm.failed");
  const turn = new AbortController();
  const between = retried.ask("Hello?", { signal: turn.signal });
  await retried.clock.advance(50);
  turn.abort();
  assertEquals(retried.runners[0]?.stats.active, 0);
  await between.over;
  await retried.clock.advance(1_000);
  assertEquals([between.end, retried.asked, retried.clock.pending], ["canceled", [1], 0]);
});

test("Answerer: canceled in the moment in which a place became free, the place goes to the next", async () => {
  const rig = new AnswerRig({ maxConcurrent: 1 });
  rig.llm.script = ({ question }) =>
    question === "first" ? { text: "a", hangsAt: "end" } : { text: question };
  const [first, second] = [new AbortController(), new AbortController()];
  rig.ask("first", { signal: first.signal });
  const canceled = rig.ask("second", { signal: second.signal });
  const third = rig.ask("third");
  await settle();
  first.abort();
  second.abort();
  await rig.clock.advance(0);
  assertEquals([canceled.end, third.text, rig.asked], ["canceled", "third", [2]]);
  assertEquals(rig.runners[0]?.stats.active, 0);
});

test("Answerer: a reader that leaves the loop ends the request", async () => {
  const rig = new AnswerRig();
  rig.llm.script = () => ({ text: "One two three.", tokenMs: 1_000 });
  const answer = rig.answerer.ask(requestOf("Hello?"), { signal: new AbortController().signal, flow: "a" });
  for await (const event of answer) {
    assertEquals(event, { type: "text", text: "One " });
    break;
  }
  await settle();
  assertEquals([rig.llm.calls[0]?.end, rig.runners[0]?.stats.active, rig.clock.pending], ["canceled", 0, 0]);
});

test("Answerer: what waits unread is not read after the signal is aborted", async () => {
  const rig = new AnswerRig();
  const life = new AbortController();
  const answer = rig.answerer.ask(requestOf("Hello?"), { signal: life.signal, flow: "a" });
  await rig.clock.advance(0);
  assertEquals(rig.runners[0]?.stats.active, 0);
  life.abort();
  const codes: string[] = [];
  try {
    for await (const { type } of answer) codes.push(type);
  } catch (thrown) {
    codes.push(EarshotError.from(thrown).code);
  }
  assertEquals(codes, ["canceled"]);
});

test("Answerer: with one place, an answer that is spoken for 60 s holds it only until it was read", async () => {
  const rig = new AnswerRig({ maxConcurrent: 1, block: { queueTimeoutMs: 8_000 } });
  rig.llm.script = () => ({ text: Array(60).fill("word "), firstTokenMs: 400, tokenMs: 50 });
  const taken: string[] = [];
  const speak = async () => {
    for await (
      const event of rig.answerer.ask(requestOf("a"), { signal: new AbortController().signal, flow: "a" })
    ) {
      taken.push(event.type);
      await new Promise<void>((resolve) => rig.clock.schedule(20_000, resolve));
    }
  };
  const spoken = speak();
  await rig.clock.advance(1_000);
  const second = rig.ask("b");
  await rig.clock.advance(2_000);
  assertEquals([second.text, rig.runners[0]?.stats.waiting], ["", 1]);
  await rig.clock.advance(1_000);
  // The first is read at 400 + 60 * 50 ms; the second one has its first word 400 ms later.
  assertEquals(second.firstMs, 3_800);
  assertEquals(taken, ["text"]);
  await rig.clock.advance(100_000);
  await spoken;
  assertEquals(taken, ["text", "text", "ended"]);
  assertEquals(rig.llm.maxActive, 1);
});

test("Answerer: at most 64 KB of an answer is read, never half a character; then it ends, and is counted", async () => {
  for (const piece of ["a".repeat(1_000), "声音".repeat(500), "😀".repeat(300), "é".repeat(70_000)]) {
    const rig = new AnswerRig();
    rig.llm.script = () => ({ text: Array(200).fill(piece), tokenMs: 1 });
    const reading = rig.ask();
    await rig.clock.advance(1_000);
    const { length } = new TextEncoder().encode(reading.text);
    assert(length <= MAX_ANSWER_BYTES && length > MAX_ANSWER_BYTES - 4, `${length}`);
    assert(reading.text.isWellFormed() && piece.repeat(200).startsWith(reading.text));
    assertEquals([reading.end, rig.llm.calls[0]?.end], ["length", "canceled"]);
    assertEquals(rig.events.filter((event) => event.type === "ended").map(({ cut }) => cut), [true]);
    assertEquals([rig.runners[0]?.stats.breaker, rig.clock.pending], ["closed", 0]);
  }
  const rig = new AnswerRig();
  rig.llm.script = () => ({ text: ["a".repeat(MAX_ANSWER_BYTES)] });
  const whole = rig.ask();
  await rig.clock.advance(0);
  assertEquals([whole.text.length, whole.end], [MAX_ANSWER_BYTES, "stop"]);
});

test("Answerer: what a slow reader has not taken comes at once, in one piece, then the error after it", async () => {
  const rig = new AnswerRig();
  rig.llm.script = () => ({ text: ["a", "b", "c"], ...fault("llm.disconnected", "end") });
  const answer = rig.answerer.ask(requestOf("Hello?"), { signal: new AbortController().signal, flow: "a" });
  await rig.clock.advance(0);
  const seen: string[] = [];
  try {
    for await (const event of answer) seen.push(event.type === "text" ? event.text : event.type);
  } catch (thrown) {
    seen.push(EarshotError.from(thrown).code);
  }
  assertEquals(seen, ["abc", "llm.disconnected"]);
});

test("Answerer: 100 devices ask at once with 4 places: each is answered or told in words, none waits over the deadline", async () => {
  const rig = new AnswerRig({ maxConcurrent: 4 });
  rig.llm.script = ({ question }) => ({ text: `To ${question}.`, firstTokenMs: 500, tokenMs: 250 });
  const readings = Array.from({ length: 100 }, (_, index) => rig.ask(`device ${index}`));
  await rig.clock.advance(20_000);
  const ends = readings.map(({ end }) => end);
  // Four places and a queue of 16; an answer takes 1.25 s, so all who wait get in.
  assertEquals(ends.filter((end) => end === "stop").length, 20);
  assertEquals(ends.filter((end) => end === "llm.busy").length, 80);
  assertEquals(rig.llm.maxActive, 4);
  assert(readings.every(({ endedMs = Infinity }) => endedMs <= 8_000 + 2_000));
  assertEquals([rig.runners[0]?.stats.active, rig.clock.pending], [0, 0]);
});

test("Answerer: whatever the service does and whenever it is canceled, every question ends and every place is returned", async () => {
  const step = fc.constantFrom<FakeStep>(...STEPS);
  const answer = fc.record({
    text: fc.array(fc.constantFrom("a", " b", "\n", "声"), { maxLength: 4 }),
    headersMs: fc.constantFrom(0, 300, 20_000),
    firstTokenMs: fc.constantFrom(0, 300, 20_000),
    tokenMs: fc.constantFrom(0, 100, 20_000),
    reason: fc.constantFrom("stop", "length", "truncated", "none" as const),
    deaf: fc.boolean(),
    fault: fc.option(
      fc.record({
        at: step,
        error: fc.constantFrom<ErrorCode>("llm.failed", "llm.auth", "llm.context", "llm.throttled"),
      }),
      { nil: undefined },
    ),
    hangsAt: fc.option(step, { nil: undefined }),
  }, { requiredKeys: ["text"] }).map(({ fault, hangsAt, ...others }): FakeAnswer => ({
    ...others,
    ...(fault !== undefined && { fault }),
    ...(hangsAt !== undefined && { hangsAt }),
  }));
  const question = fc.record({
    device: fc.nat(3),
    ahead: fc.boolean(),
    afterMs: fc.nat(2_000),
    cancelMs: fc.option(fc.nat(5_000), { nil: undefined }),
    promoteMs: fc.nat(500),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(answer, { minLength: 1, maxLength: 6 }),
      fc.array(question, { minLength: 1, maxLength: 10 }),
      fc.integer({ min: 1, max: 2 }),
      async (answers, questions, maxConcurrent) => {
        const service = { maxConcurrent, block: { queue: 2 } };
        const rig = new AnswerRig(service, service);
        for (const llm of rig.services) llm.script = (_, index) => answers[index % answers.length] ?? {};
        const readings = [];
        for (const { device, ahead, afterMs, cancelMs, promoteMs } of questions) {
          const life = new AbortController();
          const reading = rig.ask("Hello?", { signal: life.signal, flow: `${device}`, ahead });
          readings.push(reading);
          if (cancelMs !== undefined) rig.clock.schedule(cancelMs, () => life.abort());
          if (ahead) rig.clock.schedule(promoteMs, () => reading.answer.promote());
          await rig.clock.advance(afterMs);
          for (const { stats } of rig.runners) assert(stats.active <= maxConcurrent && stats.waiting <= 2);
        }
        await rig.clock.advance(1_000_000);
        for (const { end } of readings) assert(end !== undefined, "each is answered or told");
        for (const { stats } of rig.runners) {
          assertEquals([stats.active, stats.ahead, stats.waiting], [0, 0, 0]);
        }
        for (const { calls } of rig.services) {
          for (const { end, signal } of calls) assert(end !== undefined || signal.aborted);
        }
        assertEquals(rig.clock.pending, 0);
        const ends = rig.told.filter((line) => line.startsWith("ended")).length;
        const unused = rig.told.filter((line) => line === "ahead started").length -
          rig.told.filter((line) => line === "ahead used").length;
        const refused = rig.told.filter((line) => line === "ahead refused").length;
        assertEquals(ends, questions.length - unused - refused, "each real question is reported once");
      },
    ),
    { numRuns: 200 },
  );
});

test("Answerer: says what its services can do", () => {
  const rig = new AnswerRig(
    { local: true, contextTokens: 8_000 },
    { local: false, contextTokens: 4_000 },
    {},
  );
  assertEquals(rig.answerer.capabilities.map(({ local }) => local), [true, false, true]);
  assertEquals([rig.answerer.contextTokens, rig.answerer.answersAhead], [4_000, true]);
  assertEquals(new AnswerRig({ stateless: false }).answerer.answersAhead, false);
  assertEquals(new AnswerRig({ acts: true }).answerer.answersAhead, false);
  assertEquals(new AnswerRig({ local: false }).answerer.answersAhead, false);
  assertEquals(new AnswerRig().answerer.contextTokens, undefined);
  assert(rig.answerer instanceof Answerer);
});
