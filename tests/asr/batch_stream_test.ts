import { assert, assertEquals, assertRejects } from "@std/assert";
import { type AsrProvider, Recognizer } from "../../lib/asr/mod.ts";
import { BatchStream, type SpokenEvent } from "../../lib/asr/batch_stream.ts";
import { runAlone } from "../support/open_recognizer.ts";
import { AudioBuffer } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { chunkOf } from "../support/chunks.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

/** How many samples a chunk has. */
const SAMPLES = 960;

interface Heard {
  readonly buffer: AudioBuffer;
  readonly recognizer: Recognizer;
  /** The sound of each request, in chunks. */
  readonly asked: number[];
}

/** A recognizer of whole utterances that fails so often first. */
function listen({ failures = 0, maxChunks = 100, ahead = false } = {}): Heard {
  const buffer = new AudioBuffer({ maxChunks });
  const asked: number[] = [];
  async function* recognize(pcm: Int16Array): AsyncGenerator<SpokenEvent, void> {
    asked.push(pcm.length / SAMPLES);
    if (asked.length <= failures) throw new EarshotError("asr.failed", "Cannot recognize: the test says so");
    yield { type: "partial", text: "" };
    yield { type: "final", text: "words", droppedMs: 0 };
  }
  const adapter: AsrProvider = {
    name: "whole",
    capabilities: {
      streaming: false,
      whole: true,
      partials: false,
      endpointing: false,
      encodings: ["pcm16"],
      languages: "any",
    },
    open: ({ audio }, signal) => Promise.resolve(new BatchStream({ audio, signal, recognize, ahead })),
  };
  const { recognizer } = runAlone(adapter, {
    clock: systemClock,
    openTimeoutMs: 1_000,
    finalTimeoutMs: 1_000,
    retries: 2,
  });
  return { buffer, recognizer, asked };
}

const TURN = () => new AbortController();

test("nothing is asked before the end, then all up to the last word, once", async () => {
  const { buffer, recognizer, asked } = listen();
  const utterance = recognizer.start({ language: "en", cursor: buffer.cursor("asr") }, TURN().signal);
  for (let seq = 0; seq < 10; seq++) {
    buffer.push(chunkOf(seq, 100));
    utterance.pump();
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals(asked, []);
  assertEquals(buffer.stats.chunks, 10);
  utterance.finish(6);
  assertEquals(await utterance.result, { text: "words", droppedMs: 0 });
  assertEquals(asked, [7]);
  buffer.close();
});

test("a fault that may pass is tried again with the same sound, though some of it was written before", async () => {
  const { buffer, recognizer, asked } = listen({ failures: 2 });
  const utterance = recognizer.start({ language: "en", cursor: buffer.cursor("asr") }, TURN().signal);
  for (let seq = 0; seq < 5; seq++) buffer.push(chunkOf(seq, 100));
  utterance.pump();
  utterance.finish();
  assertEquals((await utterance.result).text, "words");
  assertEquals(asked, [5, 5, 5]);
  buffer.close();
});

test("what the buffer had to evict is missing, and told", async () => {
  const { buffer, recognizer, asked } = listen({ maxChunks: 4 });
  const utterance = recognizer.start({ language: "en", cursor: buffer.cursor("asr") }, TURN().signal);
  for (let seq = 0; seq < 10; seq++) {
    buffer.push(chunkOf(seq, 100));
    utterance.pump();
  }
  utterance.finish();
  assertEquals(await utterance.result, { text: "words", droppedMs: 360 });
  assertEquals(asked, [4]);
  buffer.close();
});

test("a turn that ends asks nobody", async () => {
  const { buffer, recognizer, asked } = listen();
  const turn = TURN();
  const utterance = recognizer.start({ language: "en", cursor: buffer.cursor("asr") }, turn.signal);
  buffer.push(chunkOf(0, 100));
  utterance.pump();
  turn.abort();
  const error = await assertRejects(() => utterance.result, EarshotError);
  assertEquals([error.code, asked], ["canceled", []]);
  buffer.close();
});

/** Five chunks, and a pause after the fourth; the recognizer has answered, or not. */
async function paused(options: { failures?: number; ahead?: boolean } = {}) {
  const heard = listen({ ahead: true, ...options });
  const { buffer, recognizer, asked } = heard;
  const told: (string | undefined)[] = [];
  const utterance = recognizer.start({
    language: "en",
    cursor: buffer.cursor("asr"),
    onAhead: (ahead) => told.push(ahead.text),
  }, TURN().signal);
  for (let seq = 0; seq < 5; seq++) buffer.push(chunkOf(seq, 100));
  utterance.pump();
  await new Promise((resolve) => setTimeout(resolve, 5));
  utterance.pause(3);
  await until(() => asked.length > 0 || options.ahead === false, "it is asked");
  await new Promise((resolve) => setTimeout(resolve, 5));
  return { ...heard, utterance, told };
}

test("ahead: it is asked in a pause, which is told, and holds if it was the end", async () => {
  const { buffer, utterance, asked, told } = await paused();
  assertEquals([asked, told], [[4], ["words"]]);
  utterance.finish(3);
  assertEquals(await utterance.result, { text: "words", droppedMs: 0 });
  assertEquals(asked, [4]);
  buffer.close();
});

test("ahead: what was found is void when the speaker goes on; all is asked about at the end", async () => {
  const { buffer, utterance, asked } = await paused();
  utterance.resume();
  utterance.finish();
  assertEquals((await utterance.result).text, "words");
  assertEquals(asked, [4, 5]);
  buffer.close();
});

test("ahead: a failure in the pause costs nothing", async () => {
  const { buffer, utterance, asked, told } = await paused({ failures: 1 });
  assertEquals([asked, told], [[4], []]);
  utterance.finish();
  assertEquals((await utterance.result).text, "words");
  assertEquals(asked, [4, 5]);
  buffer.close();
});

test("ahead: a speaker who pauses often has at most twice the utterance asked about", async () => {
  const { buffer, recognizer, asked } = listen({ ahead: true });
  const utterance = recognizer.start({ language: "en", cursor: buffer.cursor("asr") }, TURN().signal);
  utterance.pump();
  await new Promise((resolve) => setTimeout(resolve, 5));
  for (let seq = 0; seq < 20; seq++) {
    buffer.push(chunkOf(seq, 100));
    utterance.pump();
    utterance.pause(seq);
    await new Promise((resolve) => setTimeout(resolve, 1));
    utterance.resume();
  }
  const ahead = asked.reduce((sum, chunks) => sum + chunks, 0);
  assert(ahead > 20 && ahead <= 40, `${ahead} chunks`);
  utterance.finish();
  assertEquals((await utterance.result).text, "words");
  buffer.close();
});

test("ahead: nobody is asked in a pause unless that is wanted", async () => {
  const { buffer, utterance, asked } = await paused({ ahead: false });
  assertEquals(asked, []);
  utterance.finish(3);
  await utterance.result;
  assertEquals(asked, [4]);
  buffer.close();
});
