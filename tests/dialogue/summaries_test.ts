import { assert, assertEquals } from "@std/assert";
import { DeviceHistories, Summaries, type SummaryWriter } from "../../lib/dialogue/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { Answerer, type LlmCapabilities, LlmRunner, llmServiceKeys } from "../../lib/llm/mod.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { FakeLlm, requestOf } from "../support/fake_llm.ts";
import { FakeMemory } from "../support/fake_memory.ts";
import { test } from "../support/test.ts";
import { NOW_MS, pastTurn } from "./dialogue_harness.ts";

const HOUR_MS = 3_600_000;

/** Summaries of devices that each have said something two hours ago. */
class Bench implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly scope = new Scope("process", { clock: this.clock });
  readonly memory = new FakeMemory();
  readonly llm: FakeLlm;
  readonly answerer: Answerer;
  readonly histories = new DeviceHistories((deviceId) =>
    Promise.resolve({
      turns: [pastTurn(`I am ${deviceId}`, "Hello.", { atMs: NOW_MS - 2 * HOUR_MS })],
      summary: "",
      throughMs: -Infinity,
    })
  );
  readonly summaries: Summaries;

  constructor(capabilities: Partial<LlmCapabilities> = {}) {
    this.llm = new FakeLlm({ clock: this.clock, script: () => ({ text: "Notes." }), ...capabilities });
    this.answerer = new Answerer([
      new LlmRunner(this.llm, { ...llmServiceKeys.parse({}), clock: this.clock }),
    ]);
    this.summaries = new Summaries({
      scope: this.scope,
      clock: this.clock,
      wallMs: () => NOW_MS + this.clock.nowMs(),
      histories: this.histories,
      memory: this.memory,
    });
  }

  async consider(deviceId: string): Promise<void> {
    const writer: SummaryWriter = { answerer: this.answerer, language: "en" };
    this.summaries.consider(deviceId, writer);
    await this.settled();
  }

  /** Lets what is under way go as far as it can. */
  async settled(): Promise<void> {
    for (let round = 0; round < 15; round++) await settle();
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.scope.close();
    await this.clock.advance(10_000);
    const report = await closed;
    assertEquals([report.failed, report.timedOut, this.clock.pending], [[], [], 0]);
  }
}

test("what is due is written, kept, and known to the next answer; then nothing is due", async () => {
  await using bench = new Bench();
  await bench.consider("a");
  await bench.settled();
  assertEquals(bench.memory.summaries.get("a")?.text, "Notes.");
  assertEquals(bench.memory.summaries.get("a")?.throughAtMs, NOW_MS - 2 * HOUR_MS);
  const history = bench.histories.of("a");
  assertEquals([history.summary, history.summarizedThroughMs], ["Notes.", NOW_MS - 2 * HOUR_MS]);
  await bench.consider("a");
  assertEquals([bench.llm.calls.length, bench.summaries.stats.written], [1, 1]);
  // Half an hour after the next turn it is due again, with the notes before.
  history.add(pastTurn("I moved", "Nice.", { atMs: NOW_MS }));
  await bench.advance(HOUR_MS / 2);
  await bench.consider("a");
  assertEquals(bench.llm.calls.length, 1);
  await bench.advance(1);
  await bench.consider("a");
  assert(bench.llm.calls[1]?.request.question.includes("Notes."));
  assertEquals(bench.summaries.stats.written, 2);
});

test("what is too much for once is written in several", async () => {
  await using bench = new Bench();
  const history = bench.histories.of("a");
  for (let index = 0; index < 20; index++) {
    history.add(
      pastTurn(`Number ${index}. ${"Words. ".repeat(150)}`, "Yes.", { atMs: NOW_MS - HOUR_MS + index }),
    );
  }
  await bench.consider("a");
  await bench.settled();
  assert(bench.llm.calls.length > 1, String(bench.llm.calls.length));
  assertEquals(history.summarizedThroughMs, NOW_MS - HOUR_MS + 19);
});

test("an answerer that keeps the history itself, and one that only follows rules, are not asked", async () => {
  for (const capabilities of [{ stateless: false }, { scripted: true }]) {
    await using bench = new Bench(capabilities);
    await bench.consider("a");
    assertEquals([bench.llm.calls.length, bench.summaries.stats.waiting], [0, 0]);
  }
});

test("a failure keeps the one before, and is not tried again for ten minutes", async () => {
  await using bench = new Bench();
  bench.histories.of("a").summarized("Old notes.", 0);
  bench.llm.script = () => ({ fault: { at: "headers", error: "llm.failed" } });
  await bench.consider("a");
  assertEquals([bench.llm.calls.length, bench.histories.of("a").summary], [1, "Old notes."]);
  bench.llm.script = () => ({ text: "New notes." });
  await bench.advance(599_999);
  await bench.consider("a");
  assertEquals([bench.llm.calls.length, bench.summaries.stats.failed, bench.summaries.stats.waiting], [
    1,
    1,
    1,
  ]);
  await bench.advance(1);
  assertEquals([bench.histories.of("a").summary, bench.summaries.stats.waiting], ["New notes.", 0]);
});

test("it has a minute", async () => {
  await using bench = new Bench();
  bench.llm.script = () => ({ text: "Notes that come word by word and go on and on.", tokenMs: 9_000 });
  await bench.consider("a");
  await bench.advance(59_999);
  assertEquals(bench.summaries.stats.active, 1);
  await bench.advance(1);
  assertEquals([bench.summaries.stats.active, bench.summaries.stats.failed, bench.llm.active], [0, 1, 0]);
});

test("it takes a free place only, and gives it up to a question at once", async () => {
  await using bench = new Bench({ maxConcurrent: 1 });
  bench.llm.script = ({ question }) =>
    question === "Hello?" ? { text: "Hi." } : { text: "Notes.", headersMs: 5_000 };
  await bench.consider("a");
  assertEquals(bench.llm.calls.map(({ end }) => end), [undefined]);
  const life = new AbortController();
  const answer = bench.answerer.ask(requestOf("Hello?"), { signal: life.signal, flow: "a" });
  await bench.settled();
  assertEquals(bench.llm.calls.map(({ end }) => end), ["canceled", "ended"]);
  let text = "";
  for await (const part of answer) if (part.type === "text") text += part.text;
  assertEquals([text, bench.summaries.stats.busy], ["Hi.", 1]);

  // While a question has the place, nothing is even sent.
  bench.llm.script = () => ({ text: "Hi.", headersMs: 10_000 });
  bench.answerer.ask(requestOf("Hello?"), { signal: life.signal, flow: "b" });
  await bench.settled();
  await bench.consider("c");
  assertEquals([bench.llm.calls.length, bench.summaries.stats.busy], [3, 2]);
  life.abort();
  bench.llm.script = () => ({ text: "Notes." });
  // There is one place: the second one waits for another minute.
  await bench.advance(60_000);
  assertEquals([bench.summaries.stats.written, bench.summaries.stats.waiting], [1, 1]);
  await bench.advance(60_000);
  assertEquals([bench.summaries.stats.written, bench.summaries.stats.waiting], [2, 0]);
});

test("two at once, and no more than may wait", async () => {
  await using bench = new Bench({ maxConcurrent: 100 });
  bench.llm.script = () => ({ text: "Notes.", headersMs: 5_000 });
  for (let index = 0; index < 1_003; index++) await bench.consider(`${index}`);
  const { active, waiting, refused } = bench.summaries.stats;
  assertEquals([active, waiting, refused, bench.llm.maxActive], [2, 1_000, 1, 2]);
});

test("what is erased is not written any more", async () => {
  await using bench = new Bench();
  bench.llm.script = () => ({ text: "Notes.", headersMs: 5_000 });
  for (const deviceId of ["a", "b", "c"]) await bench.consider(deviceId);
  for (const deviceId of ["a", "c"]) {
    bench.histories.forget(deviceId);
    bench.summaries.forget(deviceId);
  }
  await bench.advance(5_000);
  assertEquals([...bench.memory.summaries.keys()], ["b"]);
  assertEquals([bench.summaries.stats.waiting, bench.summaries.stats.active], [0, 0]);
});

test("closing gives up what is written, and takes nothing more", async () => {
  const bench = new Bench();
  bench.llm.script = () => ({ hangsAt: "headers" });
  await bench.consider("a");
  await bench[Symbol.asyncDispose]();
  assertEquals(bench.llm.calls.map(({ end }) => end), ["canceled"]);
  await bench.consider("b");
  assertEquals(bench.llm.calls.length, 1);
  assertEquals(bench.summaries.stats.waiting, 0);
});
