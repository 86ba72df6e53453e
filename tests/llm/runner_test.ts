import { assertEquals } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { AnswerRig } from "./answer_rig.ts";

const NEVER = new AbortController().signal;

test("LlmRunner: a model is loaded once at a time, and not more often than every three minutes", async () => {
  const rig = new AnswerRig({}, {});
  const loading = Promise.withResolvers<void>();
  rig.llm.warming = () => loading.promise;
  const first = rig.answerer.warm(NEVER);
  await rig.answerer.warm(NEVER);
  assertEquals(rig.services.map(({ warmedMs }) => warmedMs), [[0], [0]]);
  await rig.clock.advance(40_000);
  loading.resolve();
  await first;
  assertEquals(rig.events.at(-1), { type: "warmed", warmMs: 40_000 });
  await rig.clock.advance(139_999);
  await rig.answerer.warm(NEVER);
  await rig.clock.advance(1);
  await rig.answerer.warm(NEVER);
  assertEquals(rig.services.map(({ warmedMs }) => warmedMs), [[0, 180_000], [0, 180_000]]);
});

test("LlmRunner: a model that has just answered is loaded already", async () => {
  const rig = new AnswerRig();
  rig.ask();
  await rig.clock.advance(100_000);
  await rig.answerer.warm(NEVER);
  assertEquals(rig.llm.warmedMs, []);
});

test("LlmRunner: a failure to load is only an event, and so is a load without end", async () => {
  const rig = new AnswerRig();
  rig.llm.warming = () =>
    Promise.reject(new EarshotError("llm.unreachable", "Cannot load: the test says so"));
  await rig.answerer.warm(NEVER);
  rig.llm.warming = () => {
    throw new Error("by accident");
  };
  await rig.clock.advance(180_000);
  await rig.answerer.warm(NEVER);
  let signal: AbortSignal | undefined;
  rig.llm.warming = (given) => {
    signal = given;
    return new Promise(() => {});
  };
  await rig.clock.advance(180_000);
  const endless = rig.answerer.warm(NEVER);
  await rig.clock.advance(120_000);
  await endless;
  assertEquals(rig.events.map((event) => event.type === "warmed" && event.error?.code), [
    "llm.unreachable",
    "llm.failed",
    "llm.timeout",
  ]);
  assertEquals([signal?.aborted, rig.clock.pending, rig.runners[0]?.stats.breaker], [true, 0, "closed"]);
});

test("LlmRunner: loading ends with its signal, without an event", async () => {
  const rig = new AnswerRig();
  let heard: AbortSignal | undefined;
  rig.llm.warming = (signal) => {
    heard = signal;
    return new Promise(() => {});
  };
  const life = new AbortController();
  const warming = rig.answerer.warm(life.signal);
  await settle();
  life.abort();
  await warming;
  assertEquals([heard?.aborted, rig.events, rig.clock.pending], [true, [], 0]);
});
