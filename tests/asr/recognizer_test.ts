import { assertEquals, assertRejects } from "@std/assert";
import {
  type AsrCapabilities,
  type AsrEvent,
  type AsrProvider,
  type AsrStream,
  type ReadText,
  type Utterance,
} from "../../lib/asr/mod.ts";
import { AudioBuffer, type AudioChunk, type AudioCursor } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { runAlone } from "../support/open_recognizer.ts";
import { chunkOf } from "../support/chunks.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

/** A recognizer that does what the test tells it. */
class ScriptedAdapter implements AsrProvider, AsrStream {
  readonly name = "scripted";
  readonly capabilities: AsrCapabilities;
  readonly written: number[] = [];
  readonly finishedWith: (number | undefined)[] = [];
  /** What it was told of pauses: the chunk, and how many it had been given by then. */
  readonly pausedWith: [seq: number, written: number][] = [];
  readonly opened = Promise.withResolvers<AsrStream>();
  signal: AbortSignal | undefined;
  onWrite: (chunk: AudioChunk) => void = ({ seq }) => void this.written.push(seq);
  #events: AsrEvent[] = [];
  #end: { error?: Error } | undefined;
  #wake = Promise.withResolvers<void>();

  constructor(streaming = true) {
    const encodings = ["pcm16"] as const;
    this.capabilities = {
      streaming,
      partials: true,
      endpointing: false,
      encodings,
      languages: "any",
    };
  }

  open(_options: unknown, signal: AbortSignal): Promise<AsrStream> {
    this.signal = signal;
    return this.opened.promise;
  }

  write(chunk: AudioChunk): void {
    this.onWrite(chunk);
  }

  pause(throughSeq: number): void {
    this.pausedWith.push([throughSeq, this.written.length]);
  }

  finish(lastSeq?: number): void {
    this.finishedWith.push(lastSeq);
  }

  say(...events: AsrEvent[]): void {
    this.#events.push(...events);
    this.#wake.resolve();
  }

  stop(error?: Error): void {
    this.#end = error === undefined ? {} : { error };
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<AsrEvent, void> {
    for (;;) {
      yield* this.#events.splice(0);
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return;
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }
}

class Rig {
  readonly clock = new FakeClock();
  readonly buffer: AudioBuffer;
  readonly cursor: AudioCursor;
  readonly turn = new AbortController();
  readonly partials: string[] = [];
  readonly sentences: string[] = [];
  readonly utterance: Utterance;
  #seq = 0;

  constructor(
    readonly adapter = new ScriptedAdapter(),
    maxChunks = 1_000,
    readText: ReadText | Promise<ReadText> = (text) => text,
  ) {
    this.buffer = new AudioBuffer({ maxChunks });
    this.cursor = this.buffer.cursor("recognition");
    const { recognizer } = runAlone(adapter, {
      clock: this.clock,
      openTimeoutMs: 5_000,
      finalTimeoutMs: 10_000,
      readText,
    });
    this.utterance = recognizer.start({
      language: "en",
      cursor: this.cursor,
      onPartial: (text) => this.partials.push(text),
      onSentence: (text) => this.sentences.push(text),
    }, this.turn.signal);
  }

  async open(): Promise<void> {
    this.adapter.opened.resolve(this.adapter);
    await settle();
  }

  hear(count: number): void {
    for (let index = 0; index < count; index++) this.buffer.push(chunkOf(this.#seq++, 0));
    this.utterance.pump();
  }

  /** The code that the result rejects with; nothing may be left behind by then. */
  async failure(): Promise<string> {
    const error = await assertRejects(() => this.utterance.result, EarshotError);
    assertEquals([this.clock.pending, this.adapter.signal?.aborted ?? true], [0, true]);
    return error.code;
  }
}

const final = (
  text: string,
  extra: { language?: string; emotion?: string; droppedMs?: number } = {},
): AsrEvent => ({
  type: "final",
  text,
  droppedMs: 0,
  ...extra,
});

test("a pause that comes while the stream is being opened is told once it is open, and one that is over is not", async () => {
  const rig = new Rig();
  rig.hear(5);
  rig.utterance.pause(3);
  await rig.open();
  assertEquals(rig.adapter.pausedWith, [[3, 5]]);
  rig.turn.abort();
  const other = new Rig();
  other.hear(5);
  other.utterance.pause(3);
  other.utterance.resume();
  await other.open();
  assertEquals(other.adapter.pausedWith, []);
  other.turn.abort();
});

test("finals are joined in order, partials come with what was final before them", async () => {
  const rig = new Rig();
  await rig.open();
  rig.hear(2);
  rig.adapter.say({ type: "started" }, { type: "partial", text: "ask" }, final("Ask not"));
  rig.adapter.say({ type: "partial", text: "what" }, final("what.", { language: "en", emotion: "calm" }));
  rig.adapter.say({ type: "ended" }, final("too late"));
  assertEquals(await rig.utterance.result, {
    text: "Ask not what.",
    language: "en",
    emotion: "calm",
    droppedMs: 0,
  });
  assertEquals(rig.partials, ["ask", "Ask not what"]);
  assertEquals([rig.clock.pending, rig.adapter.signal?.aborted], [0, true]);
});

test("partials, sentences and the result are read in one way, which may have to be loaded first", async () => {
  for (const late of [false, true]) {
    const read = (text: string, { language }: { language?: string | undefined } = {}) =>
      text === "[Bell]" ? "" : `${text.toUpperCase()}${language === undefined ? "" : ` in ${language}`}`;
    const rig = new Rig(new ScriptedAdapter(), 1_000, late ? Promise.resolve(read) : read);
    await rig.open();
    rig.adapter.say(
      { type: "started" },
      { type: "partial", text: "[Bell]" },
      final("[Bell]", { droppedMs: 60 }),
    );
    await settle();
    assertEquals([rig.utterance.spoken, rig.sentences], [false, []], "noise is nothing that was said");
    rig.adapter.say({ type: "partial", text: "one" }, final("one.", { language: "en" }), { type: "ended" });
    const { text, droppedMs } = await rig.utterance.result;
    assertEquals([text, droppedMs], ["ONE. in en", 60]);
    assertEquals([rig.partials, rig.sentences], [["ONE"], ["ONE. in en"]]);
  }
});

test("tables that cannot be loaded fail the utterance", async () => {
  const rig = new Rig(new ScriptedAdapter(), 1_000, Promise.reject(new Error("no such module")));
  await rig.open();
  rig.adapter.say(final("one"), { type: "ended" });
  assertEquals(await rig.failure(), "asr.failed");
});

test("sound waits in the buffer until the stream is open, and is let go as it is written", async () => {
  const rig = new Rig();
  rig.hear(3);
  assertEquals([rig.adapter.written, rig.buffer.stats.chunks], [[], 3]);
  await rig.open();
  rig.hear(1);
  assertEquals([rig.adapter.written, rig.buffer.stats.chunks], [[0, 1, 2, 3], 0]);
  rig.turn.abort();
});

test("a recognizer of whole segments lets its sound go itself", async () => {
  const rig = new Rig(new ScriptedAdapter(false));
  await rig.open();
  rig.hear(2);
  assertEquals([rig.adapter.written, rig.buffer.stats.chunks], [[0, 1], 2]);
  rig.turn.abort();
});

test("finish ends the sound at its last chunk, once, even before the stream is open", async () => {
  for (const openFirst of [true, false]) {
    const rig = new Rig();
    if (openFirst) await rig.open();
    for (let seq = 0; seq < 4; seq++) rig.buffer.push(chunkOf(seq, 0));
    rig.utterance.finish(2);
    rig.utterance.finish(3);
    await rig.open();
    rig.utterance.pump();
    assertEquals([rig.adapter.written, rig.adapter.finishedWith], [[0, 1, 2], [2]]);
    rig.turn.abort();
  }
});

test("dropped sound is what the buffer evicted and what the service could not take", async () => {
  const rig = new Rig(new ScriptedAdapter(), 2);
  rig.hear(4);
  await rig.open();
  rig.adapter.say(final("a", { droppedMs: 30 }), { type: "ended" });
  assertEquals((await rig.utterance.result).droppedMs, 150);
});

test("a recognizer that does not open in time fails the utterance", async () => {
  const rig = new Rig();
  await rig.clock.advance(5_000);
  assertEquals(await rig.failure(), "asr.timeout");
  await rig.open();
  rig.hear(1);
  assertEquals(rig.adapter.written, []);
});

test("the result has its time-out after the end of speech, besides the length of the speech", async () => {
  const rig = new Rig();
  await rig.open();
  rig.hear(50);
  await rig.clock.advance(60_000);
  rig.utterance.finish();
  await rig.clock.advance(12_999);
  assertEquals(rig.clock.pending, 1);
  await rig.clock.advance(1);
  assertEquals(await rig.failure(), "asr.timeout");
});

test("the end of the turn ends the stream at once, whatever it does afterward", async () => {
  const rig = new Rig();
  await rig.open();
  rig.turn.abort();
  assertEquals(await rig.failure(), "canceled");
  rig.adapter.say({ type: "partial", text: "late" }, final("late"), { type: "ended" });
  rig.utterance.finish();
  rig.hear(1);
  await settle();
  assertEquals([rig.partials, rig.adapter.written], [[], []]);
});

test("a turn that has ended already opens nothing", async () => {
  const adapter = new ScriptedAdapter();
  const { recognizer } = runAlone(adapter, { clock: new FakeClock(), openTimeoutMs: 1, finalTimeoutMs: 1 });
  const utterance = recognizer.start(
    { language: "en", cursor: new AudioBuffer().cursor("recognition") },
    AbortSignal.abort(),
  );
  const error = await assertRejects(() => utterance.result, EarshotError);
  assertEquals([error.code, adapter.signal], ["canceled", undefined]);
});

test("errors of the recognizer keep their code, others become asr.failed", async () => {
  const crash = new EarshotError("engine.crashed", "Cannot finish the job: the engine ended");
  for (const [error, code] of [[crash, "engine.crashed"], [new TypeError("x"), "asr.failed"]] as const) {
    const refused = new Rig();
    refused.adapter.opened.reject(error);
    assertEquals(await refused.failure(), code);
    const broken = new Rig();
    await broken.open();
    broken.adapter.stop(error);
    assertEquals(await broken.failure(), code);
    const unwritable = new Rig();
    unwritable.adapter.onWrite = () => {
      throw error;
    };
    await unwritable.open();
    unwritable.hear(1);
    assertEquals(await unwritable.failure(), code);
  }
});

test("a stream that stops without its end is a failure, not a result", async () => {
  const rig = new Rig();
  await rig.open();
  rig.adapter.say(final("half a sentence"));
  rig.adapter.stop();
  assertEquals(await rig.failure(), "asr.failed");
});

test("a failure that nobody awaits disturbs nobody", async () => {
  const rig = new Rig();
  rig.adapter.opened.reject(new Error("nobody listens"));
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(rig.clock.pending, 0);
});
