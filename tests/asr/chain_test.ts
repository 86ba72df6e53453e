import { assertEquals, assertRejects } from "@std/assert";
import { type AsrProvider, AsrRunner, Recognizer, type Utterance } from "../../lib/asr/mod.ts";
import { AudioBuffer } from "../../lib/audio/mod.ts";
import { EarshotError, type ErrorCode } from "../../lib/errors/mod.ts";
import { chunkOf } from "../support/chunks.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { ScriptedService } from "../support/scripted_service.ts";
import { test } from "../support/test.ts";

/** A chain of two services, of which the test speaks for each. */
class Rig {
  readonly clock = new FakeClock();
  readonly buffer = new AudioBuffer();
  readonly turn = new AbortController();
  readonly events: string[] = [];
  readonly first = new ScriptedService();
  readonly second = new ScriptedService();
  readonly recognizer: Recognizer;
  /** What opening the first one does instead, once each. */
  readonly refusals: ErrorCode[] = [];
  #seq = 0;

  constructor(retries = 0) {
    const refusing: AsrProvider = {
      name: "first",
      capabilities: this.first.capabilities,
      open: (options, signal) => {
        const code = this.refusals.shift();
        if (code === undefined) return this.first.open(options, signal);
        return Promise.reject(new EarshotError(code, "Cannot open: the test says so"));
      },
    };
    const second: AsrProvider = {
      name: "second",
      capabilities: this.second.capabilities,
      open: (options, signal) => this.second.open(options, signal),
    };
    const runner = (provider: AsrProvider) =>
      new AsrRunner(provider, {
        clock: this.clock,
        openTimeoutMs: 5_000,
        finalTimeoutMs: 10_000,
        retries,
        breakerFailures: 2,
        onEvent: (event) =>
          this.events.push(
            event.type === "retried" ? `${event.error.code} -> ${event.next ?? "again"}` : event.type,
          ),
      });
    this.recognizer = new Recognizer([{ runner: runner(refusing) }, { runner: runner(second) }]);
  }

  async start(chunks = 10): Promise<Utterance> {
    const cursor = this.buffer.cursor(`turn ${this.#seq}`);
    cursor.skipTo(this.#seq);
    const utterance = this.recognizer.start({ language: "en", cursor }, this.turn.signal);
    await settle();
    for (let count = 0; count < chunks; count++) this.buffer.push(chunkOf(this.#seq++, 0));
    utterance.pump();
    await settle();
    return utterance;
  }
}

const written = ({ stream }: ScriptedService) => stream.written.map(({ seq }) => seq);

test("Recognizer: the next service takes over from one that fails before its first result, with the same sound", async () => {
  for (const code of ["asr.unreachable", "asr.auth", "asr.quota"] as const) {
    const rig = new Rig();
    rig.refusals.push(code);
    const utterance = await rig.start();
    assertEquals(written(rig.second), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], code);
    rig.second.stream.final("words");
    utterance.finish();
    assertEquals((await utterance.result).text, "words");
    assertEquals(rig.events.filter((event) => event.includes("->")), [`${code} -> second`]);
  }
});

test("Recognizer: a fault in mid-stream, before a word, is the next one's as well; after a word it is the utterance's", async () => {
  const rig = new Rig();
  const utterance = await rig.start();
  rig.first.stream.fail(new EarshotError("asr.disconnected", "Cannot go on: the test says so"));
  await settle();
  assertEquals(written(rig.second).length, 10);
  rig.second.stream.final("words");
  utterance.finish();
  assertEquals((await utterance.result).text, "words");

  const spoken = await rig.start();
  rig.first.stream.partial("half");
  await settle();
  rig.first.stream.fail(new EarshotError("asr.disconnected", "Cannot go on: the test says so"));
  assertEquals((await assertRejects(() => spoken.result, EarshotError)).code, "asr.disconnected");
  assertEquals(rig.second.streams.length, 1);
});

test("Recognizer: an open circuit breaker sends utterances to the next service at once", async () => {
  const rig = new Rig();
  rig.refusals.push("asr.unreachable", "asr.unreachable", "asr.unreachable");
  for (let turn = 0; turn < 3; turn++) {
    const utterance = await rig.start();
    rig.second.stream.final("words");
    utterance.finish();
    assertEquals((await utterance.result).text, "words");
  }
  assertEquals(rig.refusals.length, 1, "the third was not sent to the first service");
  assertEquals(rig.events.filter((event) => event.includes("->")).at(-1), "asr.unavailable -> second");
});

test("Recognizer: a service that gives no result in time is followed by the next, which gets its own time", async () => {
  const rig = new Rig();
  rig.first.hangs = rig.second.hangs = true;
  const utterance = await rig.start();
  utterance.finish();
  await rig.clock.advance(10_000 + 10 * 60 + 1);
  await settle();
  assertEquals(written(rig.second).length, 10);
  await rig.clock.advance(9_000);
  rig.second.stream.final("late words");
  rig.second.stream.endsItself();
  assertEquals((await utterance.result).text, "late words");
});

test("Recognizer: the last service's fault is the utterance's, and giving up asks nobody else", async () => {
  const rig = new Rig();
  rig.refusals.push("asr.auth");
  const utterance = await rig.start();
  rig.second.stream.fail(new EarshotError("asr.disconnected", "Cannot go on: the test says so"));
  assertEquals((await assertRejects(() => utterance.result, EarshotError)).code, "asr.disconnected");

  const given = await rig.start();
  rig.turn.abort();
  assertEquals((await assertRejects(() => given.result, EarshotError)).code, "canceled");
  assertEquals(rig.second.streams.length, 1);
});
