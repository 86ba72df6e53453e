import { assert, assertEquals, assertRejects } from "@std/assert";
import { sherpaOver } from "../../contract/engine_subjects.ts";
import { runAlone } from "../../support/open_recognizer.ts";
import { type AsrEvent, type AsrStream, hearsLanguage } from "../../../lib/asr/mod.ts";
import { AudioBuffer, type AudioChunk } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { chunkOf } from "../../support/chunks.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { test } from "../../support/test.ts";

/** Every chunk of these tests is decoded. */
const decode = ({ pcm = new Int16Array(0) }: AudioChunk) => pcm;
const NO_AUDIO = { range: () => [], release: () => {}, decode };

async function codeOf(job: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => job, EarshotError)).code;
}

async function eventsOf(stream: AsrStream): Promise<AsrEvent[]> {
  return await Array.fromAsync(stream);
}

async function openStreaming(engine: FakeEngine, life: AbortSignal, onWritable = () => {}) {
  const adapter = sherpaOver(engine, "zipformer");
  return await adapter.open({ language: "zh", audio: NO_AUDIO, endpointing: false, onWritable }, life);
}

/** Lets what is under way come to rest. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

test("SenseVoice's language and mood arrive, and its marks are in no text", async () => {
  const engine = new FakeEngine();
  engine.script = () => "你好";
  engine.tags = "<|zh|><|HAPPY|><|Speech|>";
  const sound = new AudioBuffer();
  const clock = new FakeClock();
  const utterance = runAlone(sherpaOver(engine, "senseVoice"), {
    clock,
    openTimeoutMs: 5_000,
    finalTimeoutMs: 10_000,
  }).recognizer.start(
    { language: "zh-CN", cursor: sound.cursor("recognition") },
    new AbortController().signal,
  );
  for (let seq = 0; seq < 10; seq++) sound.push(chunkOf(seq, 8_000));
  utterance.finish();
  assertEquals(await utterance.result, { text: "你好", language: "zh", emotion: "happy", droppedMs: 0 });
});

test("a language that a model names plainly, as Whisper does, is a fact and no text", async () => {
  const engine = new FakeEngine();
  engine.script = () => "换一首歌";
  engine.language = "zh";
  const audio = { range: () => [chunkOf(0, 8_000)], release: () => {}, decode };
  const stream = await sherpaOver(engine, "whisper")
    .open({ language: "zh", audio, endpointing: false }, new AbortController().signal);
  stream.write(chunkOf(0, 8_000));
  stream.finish();
  assertEquals((await eventsOf(stream))[1], {
    type: "final",
    text: "换一首歌",
    language: "zh",
    droppedMs: 0,
  });
});

test("what was recognized ahead keeps language and mood", async () => {
  const engine = new FakeEngine();
  engine.tags = "<|yue|><|SAD|>";
  const chunks = Array.from({ length: 10 }, (_, seq) => chunkOf(seq, 8_000));
  const audio = {
    range: (from: number, through: number) => chunks.filter(({ seq }) => seq >= from && seq <= through),
    release: () => {},
    decode,
  };
  const stream = await sherpaOver(engine, "senseVoice")
    .open({ language: "yue", audio, endpointing: false }, new AbortController().signal);
  for (const chunk of chunks) stream.write(chunk);
  stream.pause?.(9);
  stream.finish();
  assertEquals((await eventsOf(stream))[1], {
    type: "final",
    text: "segment 0",
    language: "yue",
    emotion: "sad",
    droppedMs: 0,
  });
  assertEquals(engine.segments.length, 1);
});

test("SenseVoice hears five languages; what the others hear is the user's to know", () => {
  const hears = (kind: "senseVoice" | "paraformer", language: string) =>
    hearsLanguage(sherpaOver(new FakeEngine(), kind).capabilities, language);
  assertEquals(hears("senseVoice", "de"), false);
  for (const language of ["zh-CN", "cmn", "yue", "en-GB", "ja", "ko"]) assert(hears("senseVoice", language));
  assert(hears("paraformer", "de"));
});

test("a streaming model gets pieces of 200 ms, one at a time, and gives partials and finals in order", async () => {
  const engine = new FakeEngine();
  const lengths: number[] = [];
  engine.streaming = ({ pcm, index, finish }) => {
    lengths.push(pcm.length / 16);
    if (finish) return { finals: ["the end"], partial: "" };
    return index === 1 ? { finals: ["one"], partial: "tw" } : { finals: [], partial: `part ${index}` };
  };
  const stream = await openStreaming(engine, new AbortController().signal);
  const events = eventsOf(stream);
  for (let seq = 0; seq < 10; seq++) {
    stream.write(chunkOf(seq, 100));
    await settle();
  }
  stream.finish();
  stream.finish();
  stream.write(chunkOf(11, 100));
  assertEquals(await events, [
    { type: "started" },
    { type: "partial", text: "part 0" },
    { type: "final", text: "one", droppedMs: 0 },
    { type: "partial", text: "tw" },
    { type: "final", text: "the end", droppedMs: 0 },
    { type: "ended" },
  ]);
  assertEquals(lengths, [240, 240, 120]);
  assertEquals(engine.openStreams.size, 0);
});

test("what a slow engine has not taken waits in the session's buffer beyond a second", async () => {
  const engine = new FakeEngine();
  engine.hold();
  const life = new AbortController();
  let woken = 0;
  const stream = await openStreaming(engine, life.signal, () => woken++);
  let written = 0;
  while (stream.writable && written < 100) stream.write(chunkOf(written++, 100));
  assertEquals(written, 4 + 17, "one piece is with the engine, a second waits");
  engine.release();
  await settle();
  assertEquals([woken, stream.writable], [1, true]);
  life.abort();
  assertEquals(await codeOf(eventsOf(stream)), "canceled");
});

test("no sound at all asks the engine nothing", async () => {
  const engine = new FakeEngine();
  engine.streaming = () => {
    throw new Error("it was asked");
  };
  const stream = await openStreaming(engine, new AbortController().signal);
  stream.finish();
  assertEquals(await eventsOf(stream), [{ type: "started" }, { type: "ended" }]);
  assertEquals(engine.openStreams.size, 0);
});

test("the end of the turn, before, during or after a piece, frees the stream in the engine", async () => {
  for (const when of ["before", "during", "after"]) {
    const engine = new FakeEngine();
    const life = new AbortController();
    const stream = await openStreaming(engine, life.signal);
    if (when === "during") engine.hold();
    if (when !== "before") { for (let seq = 0; seq < 4; seq++) stream.write(chunkOf(seq, 100)); }
    await settle();
    life.abort();
    assertEquals(await codeOf(eventsOf(stream)), "canceled", when);
    assertEquals(engine.openStreams.size, 0, when);
  }
  const engine = new FakeEngine();
  const late = await openStreaming(engine, AbortSignal.abort());
  assertEquals([await codeOf(eventsOf(late)), engine.openStreams.size], ["canceled", 0]);
});

test("a crash of the engine fails the stream with a retryable error", async () => {
  const engine = new FakeEngine();
  const stream = await openStreaming(engine, new AbortController().signal);
  engine.failure = new EarshotError("engine.crashed", "Cannot finish the job: the engine ended");
  for (let seq = 0; seq < 4; seq++) stream.write(chunkOf(seq, 100));
  const error = await assertRejects(() => eventsOf(stream), EarshotError);
  assertEquals([error.code, error.retryable, engine.openStreams.size], ["engine.crashed", true, 0]);
});
