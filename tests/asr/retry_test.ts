import { assertEquals, assertRejects } from "@std/assert";
import type {
  AsrEvent,
  AsrOpenOptions,
  AsrProvider,
  AsrRunner,
  AsrRunnerOptions,
  AsrStream,
  RecognitionEvent,
  Recognizer,
  Utterance,
} from "../../lib/asr/mod.ts";
import { runAlone } from "../support/open_recognizer.ts";
import { AudioBuffer, type AudioChunk, SILENT_OPUS_PACKET } from "../../lib/audio/mod.ts";
import { EarshotError, type ErrorCode } from "../../lib/errors/mod.ts";
import { chunkOf } from "../support/chunks.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

/** One stream that does what the test tells it. */
class HandStream implements AsrStream {
  readonly written: AudioChunk[] = [];
  finished = 0;
  writable = true;
  #wake = Promise.withResolvers<void>();
  #events: AsrEvent[] = [];
  #error: Error | undefined;

  constructor(readonly options: AsrOpenOptions, readonly signal: AbortSignal) {}

  write(chunk: AudioChunk): void {
    this.written.push(chunk);
  }

  finish(): void {
    this.finished++;
  }

  say(...events: AsrEvent[]): Promise<void> {
    this.#events.push(...events);
    this.#wake.resolve();
    return settle();
  }

  fail(code: ErrorCode): Promise<void> {
    this.#error = new EarshotError(code, "Cannot go on: the test says so");
    this.#wake.resolve();
    return settle();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<AsrEvent, void> {
    for (;;) {
      yield* this.#events.splice(0);
      if (this.#error !== undefined) throw this.#error;
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }
}

class Rig {
  readonly clock = new FakeClock();
  readonly buffer: AudioBuffer;
  readonly streams: HandStream[] = [];
  readonly events: RecognitionEvent[] = [];
  readonly sentences: string[] = [];
  readonly recognizer: Recognizer;
  readonly runner: AsrRunner;
  readonly turn = new AbortController();
  /** What opening does instead, once each. */
  readonly refusals: ErrorCode[] = [];
  #seq = 0;

  constructor(options: Partial<AsrRunnerOptions> = {}, { maxChunks = 1_000, silenceAfterMs = 0 } = {}) {
    this.buffer = new AudioBuffer({ maxChunks });
    const adapter: AsrProvider = {
      name: "hand",
      capabilities: {
        streaming: true,
        partials: true,
        endpointing: false,
        encodings: ["pcm16"],
        languages: "any",
        ...(silenceAfterMs > 0 && { silenceAfterMs }),
      },
      open: (options, signal) => {
        const code = this.refusals.shift();
        if (code !== undefined) {
          return Promise.reject(new EarshotError(code, "Cannot open: the test says so"));
        }
        const stream = new HandStream(options, signal);
        this.streams.push(stream);
        return Promise.resolve(stream);
      },
    };
    ({ recognizer: this.recognizer, runner: this.runner } = runAlone(adapter, {
      clock: this.clock,
      openTimeoutMs: 5_000,
      finalTimeoutMs: 10_000,
      retries: 2,
      onEvent: (event) => this.events.push(event),
      ...options,
    }));
  }

  async start(): Promise<Utterance> {
    const cursor = this.buffer.cursor("turn");
    const utterance = this.recognizer.start({
      language: "en",
      cursor,
      onSentence: (text) => this.sentences.push(text),
    }, this.turn.signal);
    await settle();
    return utterance;
  }

  hear(utterance: Utterance, count: number): void {
    for (let index = 0; index < count; index++) this.buffer.push(chunkOf(this.#seq++, 0));
    utterance.pump();
  }

  get stream(): HandStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error("no stream was opened");
    return stream;
  }
}

const seqs = ({ written }: HandStream) => written.map(({ seq }) => seq);
const said = (text: string): AsrEvent => ({ type: "final", text, droppedMs: 0 });
const codeOf = async (utterance: Utterance) =>
  (await assertRejects(() => utterance.result, EarshotError)).code;

test("a fault that may pass, before a word was said: tried again with all the sound", async () => {
  const rig = new Rig();
  const utterance = await rig.start();
  rig.hear(utterance, 3);
  await rig.stream.fail("asr.disconnected");
  rig.hear(utterance, 2);
  await rig.clock.advance(100);
  await settle();
  assertEquals([rig.streams.length, seqs(rig.stream)], [2, [0, 1, 2, 3, 4]]);
  utterance.finish();
  await rig.stream.say(said("Hello."), { type: "ended" });
  assertEquals(await utterance.result, { text: "Hello.", droppedMs: 0 });
  assertEquals(rig.events.map(({ type }) => type), ["started", "retried", "started", "ended"]);
  assertEquals(rig.buffer.stats.chunks, 5, "held until the cursor's owner closes it");
  assertEquals(rig.clock.pending, 0);
});

test("at most five seconds are kept for a second try; what is gone by then counts as dropped", async () => {
  const rig = new Rig();
  const utterance = await rig.start();
  rig.hear(utterance, 100); // 6 s
  assertEquals(rig.buffer.stats.durationMs, 5_040);
  await rig.stream.fail("asr.disconnected");
  await rig.clock.advance(100);
  await settle();
  assertEquals([seqs(rig.stream)[0], seqs(rig.stream).length], [16, 84]);
  utterance.finish();
  await rig.stream.say(said("Hello."), { type: "ended" });
  assertEquals(await utterance.result, { text: "Hello.", droppedMs: 16 * 60 });
});

test("the end of speech during a retry reaches the next stream, once, after the sound", async () => {
  const rig = new Rig();
  const utterance = await rig.start();
  rig.hear(utterance, 2);
  await rig.stream.fail("asr.timeout");
  utterance.finish();
  await rig.clock.advance(100);
  await settle();
  assertEquals([seqs(rig.stream), rig.stream.finished], [[0, 1], 1]);
  rig.turn.abort();
  assertEquals([await codeOf(utterance), rig.clock.pending], ["canceled", 0]);
});

test("no second try after a word, for a lasting fault, or beyond the retries", async () => {
  for (const spoken of [said("Half"), { type: "partial", text: "ha" }] as const) {
    const rig = new Rig();
    const utterance = await rig.start();
    rig.hear(utterance, 1);
    await rig.stream.say(spoken);
    await rig.stream.fail("asr.disconnected");
    assertEquals([await codeOf(utterance), rig.streams.length, rig.clock.pending], [
      "asr.disconnected",
      1,
      0,
    ]);
  }
  const lasting = new Rig();
  lasting.refusals.push("asr.auth");
  assertEquals([await codeOf(await lasting.start()), lasting.streams.length], ["asr.auth", 0]);
  const often = new Rig({ retries: 1 });
  often.refusals.push("asr.unreachable", "asr.unreachable", "asr.unreachable");
  const utterance = await often.start();
  await often.clock.advance(100);
  assertEquals([await codeOf(utterance), often.refusals.length, often.clock.pending], [
    "asr.unreachable",
    1,
    0,
  ]);
});

test("a turn that ends between two tries opens nothing more", async () => {
  const rig = new Rig();
  rig.refusals.push("asr.unreachable");
  const utterance = await rig.start();
  rig.turn.abort();
  await rig.clock.advance(1_000);
  assertEquals([await codeOf(utterance), rig.streams.length, rig.clock.pending], ["canceled", 0, 0]);
});

test("a recognizer that keeps failing is left alone, then tried once", async () => {
  const rig = new Rig({ retries: 0, breakerFailures: 2, breakerCoolDownMs: 1_000 });
  rig.refusals.push("asr.unreachable", "asr.unreachable");
  for (const code of ["asr.unreachable", "asr.unreachable", "asr.unavailable"]) {
    assertEquals(await codeOf(await rig.start()), code);
  }
  assertEquals([rig.runner.stats.breaker, rig.streams.length], ["open", 0]);
  await rig.clock.advance(1_000);
  const trial = await rig.start();
  assertEquals(await codeOf(await rig.start()), "asr.unavailable");
  await rig.stream.say({ type: "ended" });
  await trial.result;
  assertEquals(rig.runner.stats.breaker, "closed");
});

test("a full queue is no failure of the recognizer: who would find room is not turned away for it", async () => {
  const rig = new Rig({ retries: 0, breakerFailures: 2 });
  rig.refusals.push("asr.unreachable", "engine.busy", "engine.busy", "engine.busy");
  for (const code of ["asr.unreachable", "engine.busy", "engine.busy", "engine.busy"]) {
    assertEquals(await codeOf(await rig.start()), code);
  }
  const heard = await rig.start();
  await rig.stream.say({ type: "ended" });
  await heard.result;
  assertEquals([rig.runner.stats.breaker, rig.runner.stats.breakerOpened], ["closed", 0]);
});

test("a lasting fault is the config's, not the service's: it is told every time", async () => {
  const rig = new Rig({ retries: 0, breakerFailures: 2 });
  rig.refusals.push("asr.auth", "asr.auth", "asr.auth");
  for (let time = 0; time < 3; time++) assertEquals(await codeOf(await rig.start()), "asr.auth");
});

test("beyond maxStreams an utterance is refused at once, and each end makes room", async () => {
  const rig = new Rig({ maxStreams: 2 });
  const [first] = [await rig.start(), await rig.start()];
  assertEquals(await codeOf(await rig.start()), "asr.busy");
  assertEquals([rig.runner.stats.active, rig.runner.stats.refused], [2, 1]);
  await rig.streams[0]?.say({ type: "ended" });
  await first?.result;
  assertEquals(rig.runner.stats.active, 1);
  await rig.start();
  rig.turn.abort();
  await settle();
  assertEquals([rig.runner.stats.active, rig.clock.pending], [0, 0]);
});

test("silence is sent while no sound comes, and only within the utterance", async () => {
  const rig = new Rig({}, { silenceAfterMs: 3_000 });
  const utterance = await rig.start();
  await rig.clock.advance(2_000);
  rig.hear(utterance, 1);
  await rig.clock.advance(2_999);
  assertEquals(seqs(rig.stream), [0]);
  await rig.clock.advance(1);
  assertEquals(seqs(rig.stream), [0, -1, -1]);
  const silence = rig.stream.written.at(-1);
  assertEquals([silence?.opus, silence?.pcm?.length, silence?.durationMs], [SILENT_OPUS_PACKET, 960, 60]);
  await rig.clock.advance(3_000);
  assertEquals(rig.stream.written.length, 5);
  utterance.finish();
  await rig.clock.advance(6_000);
  assertEquals(rig.stream.written.length, 5);
  await rig.stream.say({ type: "ended" });
  assertEquals([(await utterance.result).droppedMs, rig.clock.pending], [0, 0]);
});

test("where a sentence ends is told by the service's own time, in which silence that was sent counts too", async () => {
  const rig = new Rig({}, { silenceAfterMs: 3_000 });
  const utterance = await rig.start();
  rig.hear(utterance, 10);
  assertEquals(utterance.sentenceEnd, undefined);
  await rig.stream.say(said("Good morning."));
  assertEquals(utterance.sentenceEnd, { nextSeq: 10 });
  await rig.stream.say({ type: "final", text: "How", droppedMs: 0, endMs: 420 });
  assertEquals(utterance.sentenceEnd, { nextSeq: 10, restMs: 180 });
  await rig.clock.advance(3_000); // 120 ms of silence
  const words = [{ text: "are", startMs: 500, endMs: 580 }];
  await rig.stream.say({ type: "final", text: "are", droppedMs: 0, words });
  assertEquals(utterance.sentenceEnd, { nextSeq: 10, restMs: 140 });
  rig.turn.abort();
  assertEquals(utterance.sentenceEnd, undefined);
});

test("an utterance that is concluded is what was said before; what is said afterward is another one's", async () => {
  const rig = new Rig();
  const utterance = await rig.start();
  rig.hear(utterance, 10);
  await rig.stream.say(said("Good morning."));
  utterance.conclude(7);
  assertEquals(rig.stream.finished, 1);
  await rig.stream.say({ type: "partial", text: "how" }, said("How ar"), { type: "ended" });
  assertEquals((await utterance.result).text, "Good morning.");
  assertEquals(rig.sentences, ["Good morning."]);
});

test("what a full stream does not take waits in the buffer; what is evicted there is counted", async () => {
  const rig = new Rig({ retries: 0 }, { maxChunks: 4 });
  const utterance = await rig.start();
  rig.hear(utterance, 1);
  rig.stream.writable = false;
  rig.hear(utterance, 6);
  utterance.finish();
  assertEquals([seqs(rig.stream), rig.stream.finished, rig.buffer.stats.chunks], [[0], 0, 4]);
  rig.stream.writable = true;
  rig.stream.options.onWritable?.();
  assertEquals([seqs(rig.stream), rig.stream.finished, rig.buffer.stats.chunks], [[0, 3, 4, 5, 6], 1, 0]);
  await rig.stream.say({ type: "ended" });
  assertEquals((await utterance.result).droppedMs, 120);
});

test("late words of an old stream touch nothing", async () => {
  const rig = new Rig();
  const utterance = await rig.start();
  rig.hear(utterance, 1);
  const old = rig.stream;
  await old.fail("asr.disconnected");
  await rig.clock.advance(100);
  await settle();
  old.options.onWritable?.();
  await old.say(said("ghost"), { type: "ended" });
  await rig.stream.say(said("Real."), { type: "ended" });
  assertEquals([(await utterance.result).text, rig.sentences], ["Real.", ["Real."]]);
});

test("a service that hangs after the sentence that ended the utterance: the sentence counts, and the fault is told", async () => {
  const rig = new Rig();
  const utterance = rig.recognizer.start({
    language: "en",
    cursor: rig.buffer.cursor("turn"),
    onEndpoint: () => utterance.finish(),
  }, rig.turn.signal);
  await settle();
  rig.hear(utterance, 1);
  await rig.stream.say(said("Good morning."));
  assertEquals(rig.stream.finished, 1);
  await rig.clock.advance(20_000);
  assertEquals((await utterance.result).text, "Good morning.");
  const [last] = rig.events.slice(-1);
  assertEquals(last?.type === "ended" && last.error?.code, "asr.timeout");
  assertEquals([rig.stream.signal.aborted, rig.clock.pending], [true, 0]);
});

test("a service that falls silent for good after a word of an utterance that it is to end: its time is over, not the utterance's", async () => {
  const rig = new Rig();
  const told: number[] = [];
  const utterance = rig.recognizer.start({
    language: "en",
    cursor: rig.buffer.cursor("turn"),
    onEndpoint: () => {
      told.push(rig.clock.nowMs());
      utterance.finish();
    },
  }, rig.turn.signal);
  await settle();
  rig.hear(utterance, 1);
  await rig.clock.advance(20_000);
  assertEquals(told, [], "nobody may have spoken yet");
  await rig.stream.say({ type: "partial", text: "good" });
  await rig.clock.advance(9_000);
  await rig.stream.say({ type: "partial", text: "good morning" });
  await rig.clock.advance(9_000);
  assertEquals(told, [], "it goes on");
  await rig.clock.advance(1_001);
  assertEquals([told.length, rig.stream.finished], [1, 1]);
  await rig.clock.advance(20_000);
  assertEquals((await assertRejects(() => utterance.result, EarshotError)).code, "asr.timeout");
  assertEquals([rig.stream.signal.aborted, rig.clock.pending, told.length], [true, 0, 1]);
});
