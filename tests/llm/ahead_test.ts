import { assertEquals } from "@std/assert";
import { settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { AnswerRig } from "./answer_rig.ts";

test("Answer ahead of time: it is asked at once, and used as it is when the words are the same", async () => {
  const rig = new AnswerRig({ maxConcurrent: 1 });
  rig.llm.script = () => ({ text: "It is late.", firstTokenMs: 400 });
  const reading = rig.ask("What time is it?", { ahead: true });
  await rig.clock.advance(300);
  assertEquals(reading.answer.promote(), true);
  await rig.clock.advance(100);
  assertEquals([reading.text, reading.firstMs, rig.asked], ["It is late.", 400, [1]]);
  assertEquals(rig.told, ["ahead started", "ahead used", "first_token", "ended stop"]);
});

test("Answer ahead of time: what was read to its end before it was used is used as well, and reported then", async () => {
  const rig = new AnswerRig();
  const reading = rig.ask("Hello?", { ahead: true });
  await rig.clock.advance(100);
  assertEquals(rig.told, ["ahead started", "first_token"]);
  assertEquals([reading.answer.promote(), reading.text], [true, "You said: Hello?"]);
  assertEquals(rig.told.slice(2), ["ahead used", "ended stop"]);
  assertEquals(reading.answer.promote(), true, "it is a real one already");
  assertEquals(rig.told.length, 4);
});

test("Answer ahead of time: a real question takes its place, and its request ends at the socket", async () => {
  const rig = new AnswerRig({ maxConcurrent: 1 });
  rig.llm.script = () => ({ text: "It is late.", firstTokenMs: 400 });
  const ahead = rig.ask("a", { ahead: true });
  await rig.clock.advance(100);
  const real = rig.ask("b");
  await settle();
  assertEquals([ahead.end, rig.llm.calls[0]?.end, rig.llm.active], ["llm.busy", "canceled", 1]);
  assertEquals(ahead.answer.promote(), false);
  await rig.clock.advance(400);
  assertEquals([real.text, rig.llm.maxActive], ["It is late.", 1]);
  assertEquals(rig.told, ["ahead started", "ahead given_up", "admitted", "first_token", "ended stop"]);
  assertEquals(rig.runners[0]?.stats.breaker, "closed");
});

test("Answer ahead of time: a real question in the same moment takes the place before anything is sent", async () => {
  const rig = new AnswerRig({ maxConcurrent: 1 });
  const ahead = rig.ask("a", { ahead: true });
  const real = rig.ask("b");
  await rig.clock.advance(0);
  assertEquals([ahead.end, real.text, rig.asked], ["llm.busy", "You said: b", [1]]);
  assertEquals([rig.runners[0]?.stats.active, rig.clock.pending], [0, 0]);
});

test("Answer ahead of time: once it is used, no real question takes its place", async () => {
  const rig = new AnswerRig({ maxConcurrent: 1 });
  rig.llm.script = () => ({ text: "It is late.", firstTokenMs: 400 });
  const used = rig.ask("a", { ahead: true });
  await rig.clock.advance(100);
  used.answer.promote();
  const real = rig.ask("b");
  await rig.clock.advance(300);
  assertEquals([used.text, real.text], ["It is late.", ""]);
  await rig.clock.advance(400);
  assertEquals(real.text, "It is late.");
});

test("Answer ahead of time: without a free place, at a service that keeps the history, acts or is unwell, nothing is sent", async () => {
  const full = new AnswerRig({ maxConcurrent: 1 }, {});
  full.llm.script = () => ({ text: "Long.", hangsAt: "end" });
  full.ask("a");
  await settle();
  const late = full.ask("b", { ahead: true });
  await settle();
  assertEquals([late.end, full.asked, late.answer.promote()], ["llm.busy", [1, 0], false]);
  assertEquals(full.told.slice(-1), ["ahead refused"]);

  for (const capabilities of [{ stateless: false }, { acts: true }]) {
    const keeper = new AnswerRig(capabilities);
    const refused = keeper.ask("a", { ahead: true });
    await settle();
    assertEquals([refused.end, keeper.asked], ["llm.busy", [0]]);
  }

  const unwell = new AnswerRig({ block: { retries: 0, breakerFailures: 1 } });
  unwell.llm.script = () => ({ fault: { at: "headers", error: "llm.failed" } });
  unwell.ask("a");
  await unwell.clock.advance(5_000);
  const trial = unwell.ask("b", { ahead: true });
  await settle();
  assertEquals([trial.end, unwell.asked], ["llm.busy", [1]]);
});

test("Answer ahead of time: a fault is neither tried again nor the next service's; used before it, it is both", async () => {
  for (const used of [false, true]) {
    const rig = new AnswerRig({}, {});
    rig.llm.script = () => ({ headersMs: 100, fault: { at: "headers", error: "llm.failed" } });
    const reading = rig.ask("a", { ahead: true });
    await rig.clock.advance(50);
    if (used) assertEquals(reading.answer.promote(), true);
    await rig.clock.advance(1_000);
    assertEquals([reading.end, rig.asked], used ? ["stop", [2, 1]] : ["llm.failed", [1, 0]]);
    if (!used) assertEquals([reading.answer.promote(), rig.told], [false, ["ahead started"]]);
  }
});

test("Answer ahead of time: it is given up by its signal, and is not used after it", async () => {
  const rig = new AnswerRig();
  rig.llm.script = () => ({ text: "It is late.", firstTokenMs: 400 });
  const life = new AbortController();
  const reading = rig.ask("a", { ahead: true, signal: life.signal });
  await rig.clock.advance(100);
  life.abort();
  await reading.over;
  assertEquals([reading.end, rig.llm.calls[0]?.end, rig.runners[0]?.stats.active], [
    "canceled",
    "canceled",
    0,
  ]);
  assertEquals(reading.answer.promote(), false);
  assertEquals(rig.told, ["ahead started"]);
});

test("Answer ahead of time: it is not used beside a real question of its device", async () => {
  const rig = new AnswerRig({ maxConcurrent: 2 });
  rig.llm.script = () => ({ text: "It is late.", firstTokenMs: 400 });
  const ahead = rig.ask("half a", { ahead: true, flow: "device" });
  await rig.clock.advance(100);
  const real = rig.ask("half a question", { flow: "device" });
  await settle();
  assertEquals(ahead.answer.promote(), false);
  await rig.clock.advance(400);
  assertEquals([ahead.end, rig.llm.calls[0]?.end, real.text], ["llm.busy", "canceled", "It is late."]);
});
