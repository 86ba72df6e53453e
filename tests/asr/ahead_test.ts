import { assertEquals } from "@std/assert";
import {
  type AsrAhead,
  type AsrProvider,
  type ReadText,
  readTextOf,
  SegmentedStream,
  type Utterance,
} from "../../lib/asr/mod.ts";
import { AudioBuffer } from "../../lib/audio/mod.ts";
import { chunkOf } from "../support/chunks.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { runAlone } from "../support/open_recognizer.ts";
import { ScriptedService } from "../support/scripted_service.ts";
import { test } from "../support/test.ts";

const LOUD = 8_000;

/** An utterance that is under way, and what it has told ahead. */
class Rig {
  readonly aheads: AsrAhead[] = [];
  readonly utterance: Utterance;
  readonly turn = new AbortController();
  readonly #buffer = new AudioBuffer({ maxChunks: 1_000 });
  #seq = 0;

  constructor(
    provider: AsrProvider,
    { readText }: { readonly readText?: ReadText | Promise<ReadText> } = {},
  ) {
    const { recognizer } = runAlone(provider, {
      clock: new FakeClock(),
      openTimeoutMs: 5_000,
      finalTimeoutMs: 10_000,
      ...(readText !== undefined && { readText }),
    });
    this.utterance = recognizer.start({
      language: "en",
      cursor: this.#buffer.cursor("recognition"),
      onAhead: (ahead) => this.aheads.push(ahead),
    }, this.turn.signal);
  }

  get texts(): readonly string[] {
    return this.aheads.map(({ text }) => text);
  }

  async hear(count: number): Promise<void> {
    for (let index = 0; index < count; index++) this.#buffer.push(chunkOf(this.#seq++, LOUD));
    this.utterance.pump();
    await settle();
  }

  async pause(): Promise<void> {
    this.utterance.pause(this.#seq - 1);
    await settle();
  }
}

async function openStreaming(options: { readonly readText?: ReadText } = {}) {
  const service = new ScriptedService();
  const rig = new Rig(service, options);
  await rig.hear(5);
  const say = async (act: () => void) => {
    act();
    await settle();
  };
  return { service, rig, say };
}

/** Over an engine that works on segments, with what that says read in some way. */
function openSegments(
  engine: FakeEngine,
  options: { readonly readText?: ReadText | Promise<ReadText> } = {},
) {
  return new Rig({
    name: "segments",
    capabilities: {
      streaming: false,
      partials: false,
      endpointing: false,
      encodings: ["pcm16"],
      languages: "any",
    },
    // deno-lint-ignore require-await -- as the contract says
    open: async ({ audio }, signal) =>
      new SegmentedStream({ audio, signal, recognize: (pcm) => engine.recognize(pcm, { signal }) }),
  }, options);
}

test("ahead, streaming: the words so far at the pause, those that come in it, and none out of it", async () => {
  const { service, rig, say } = await openStreaming();
  await say(() => service.stream.partial("what"));
  assertEquals(rig.texts, []);
  await rig.pause();
  assertEquals(rig.texts, ["what"]);
  await say(() => service.stream.partial("what time"));
  assertEquals(rig.texts, ["what", "what time"]);
  rig.utterance.resume();
  await say(() => service.stream.partial("what time is"));
  await say(() => service.stream.final("What time is it?"));
  assertEquals(rig.texts.length, 2);
  await say(() => service.stream.partial("and where"));
  await rig.pause();
  assertEquals(rig.texts.slice(2), ["What time is it? and where"]);
  rig.utterance.finish();
  await say(() => service.stream.partial("and where am"));
  assertEquals(rig.texts.length, 3);
  assertEquals((await rig.utterance.result).text, "What time is it?");
});

test("ahead, streaming: nothing is told of a pause in which nobody has said a word", async () => {
  const { service, rig } = await openStreaming();
  await rig.pause();
  rig.utterance.finish();
  service.stream.endsItself();
  assertEquals([(await rig.utterance.result).text, rig.texts], ["", []]);
});

test("ahead, streaming: a pause before the stream is open counts, and an aborted turn tells nothing", async () => {
  const service = new ScriptedService();
  const opening = Promise.withResolvers<void>();
  service.opening = opening.promise;
  const rig = new Rig(service);
  await rig.hear(5);
  await rig.pause();
  opening.resolve();
  await settle();
  service.stream.partial("hello");
  await settle();
  assertEquals(rig.texts, ["hello"]);
  rig.turn.abort();
  service.stream.partial("hello there");
  await settle();
  assertEquals(rig.texts, ["hello"]);
});

test("ahead, segments: what was found in the pause, read as results are, and the result is the same", async () => {
  const engine = new FakeEngine();
  engine.script = () => "你好，後來 [Music]";
  engine.language = "zh";
  const readText = readTextOf({
    script: "simplified",
    language: "zh-CN",
    capabilities: { marksNoise: true },
  });
  const rig = openSegments(engine, { readText: await readText });
  await rig.hear(5);
  assertEquals(rig.texts, []);
  await rig.pause();
  const [ahead] = rig.aheads;
  assertEquals([rig.texts.length, ahead?.text], [1, "你好，后来"]);
  rig.utterance.finish();
  assertEquals((await rig.utterance.result).text, ahead?.text);
  assertEquals([engine.segments.length, rig.texts.length], [1, 1]);
});

test("ahead, segments: noise that a model writes down is nothing that was said", async () => {
  const engine = new FakeEngine();
  engine.script = () => "[Bell]";
  const rig = openSegments(engine, { readText: (text) => text.replace(/\[.*\]/, "") });
  await rig.hear(5);
  await rig.pause();
  assertEquals(rig.texts, []);
  assertEquals(rig.utterance.spoken, false);
  rig.turn.abort();
});

test("ahead, segments: what is found in a pause is no word yet by which another service may not be asked", async () => {
  const rig = openSegments(new FakeEngine());
  await rig.hear(5);
  await rig.pause();
  assertEquals([rig.texts, rig.utterance.spoken], [["segment 0"], false]);
  rig.utterance.resume();
  await rig.hear(5);
  rig.utterance.finish();
  assertEquals([(await rig.utterance.result).text, rig.texts], ["segment 1", ["segment 0"]]);
});
