import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import fc from "../support/fast_check.ts";
import { type AsrEvent, SegmentedStream, Segmenter } from "../../lib/asr/mod.ts";
import { AudioBuffer, type AudioChunk, type AudioCursor, joinPcm, LevelMeter } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { chunkOf, chunksOf } from "../support/chunks.ts";
import { settle } from "../support/fake_clock.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { decodedPackets, packetChunks } from "../support/packets.ts";
import { assertSameSound } from "../support/same_sound.ts";
import { test } from "../support/test.ts";

/** Cuts after a tenth of what the real one needs, so that the tests stay small. */
const SMALL = { minMs: 1_200, maxMs: 2_000, pauseMs: 400 };
const LOUD = 8_000;

/** A tone of so many ms, in which nothing sounds from `fromMs` up to `toMs`. */
function sine(ms: number, { level = LOUD, fromMs = 0, toMs = 0 } = {}): Int16Array {
  return Int16Array.from({ length: ms * 16 }, (_, index) => {
    const quiet = index >= fromMs * 16 && index < toMs * 16;
    return quiet ? 0 : level * Math.sin(2 * Math.PI * 220 * index / 16_000);
  });
}

class Rig {
  readonly engine = new FakeEngine();
  readonly buffer: AudioBuffer;
  readonly cursor: AudioCursor;
  readonly abort = new AbortController();
  readonly events: AsrEvent[] = [];
  readonly stream: SegmentedStream;
  readonly done: Promise<void>;
  #seq = 0;

  constructor(maxChunks = 1_000) {
    this.buffer = new AudioBuffer({ maxChunks });
    this.cursor = this.buffer.cursor("recognition");
    this.stream = new SegmentedStream({
      audio: this.cursor,
      signal: this.abort.signal,
      recognize: (pcm, { ahead }) => this.engine.recognize(pcm, { signal: this.abort.signal, ifFree: ahead }),
      segmenter: new Segmenter(SMALL),
    });
    this.done = this.#read();
  }

  write(chunk: AudioChunk): void {
    this.buffer.push(chunk);
    this.stream.write(chunk);
  }

  /** Speaks, or is silent, for so many chunks of 60 ms. */
  hear(count: number, level: number): void {
    for (let index = 0; index < count; index++) {
      this.write(chunkOf(this.#seq++, level));
    }
  }

  /** How many chunks were written. */
  get written(): number {
    return this.#seq;
  }

  get texts(): string[] {
    return this.events.filter((event) => event.type === "final").map(({ text }) => text);
  }

  /** How long the segments were that reached the engine, in chunks. */
  get segmentChunks(): number[] {
    return this.engine.segments.map(({ length }) => length / 960);
  }

  async #read(): Promise<void> {
    for await (const event of this.stream) this.events.push(event);
  }
}

test("a segment is recognized while the user goes on speaking, and lets its sound go", async () => {
  const rig = new Rig();
  rig.hear(22, LOUD);
  rig.hear(8, 0);
  await settle();
  assertEquals(rig.texts, ["segment 0"]);
  assertLess((rig.engine.segments[0]?.length ?? 0) / 960, 30);
  assertLess(rig.buffer.stats.chunks, 7);
  rig.hear(10, LOUD);
  rig.stream.finish();
  await rig.done;
  assertEquals(rig.texts, ["segment 0", "segment 1"]);
  assertEquals(rig.segmentChunks.reduce((sum, chunks) => sum + chunks, 0), 40);
  assertEquals(rig.buffer.stats.chunks, 0);
  assertEquals([rig.events[0], rig.events.at(-1)], [{ type: "started" }, { type: "ended" }]);
});

test("while a segment is being recognized, the others wait in the buffer", async () => {
  const rig = new Rig();
  rig.engine.hold();
  rig.hear(120, LOUD);
  await settle();
  assertEquals(rig.engine.segments.length, 1);
  const firstChunks = rig.segmentChunks[0] ?? 0;
  assertEquals(rig.buffer.stats.chunks, 120 - Math.floor(firstChunks));
  rig.engine.release();
  rig.stream.finish();
  await rig.done;
  assertEquals(rig.segmentChunks.reduce((sum, chunks) => sum + chunks, 0), 120);
  assertEquals(rig.texts, rig.engine.segments.map((_, index) => `segment ${index}`));
});

test("sound after the last chunk of the utterance is not recognized, though it was read", async () => {
  const rig = new Rig();
  rig.hear(10, LOUD);
  await settle();
  rig.hear(5, 0);
  await settle();
  rig.stream.finish(11);
  rig.stream.finish(3);
  rig.hear(1, LOUD);
  await rig.done;
  assertEquals(rig.segmentChunks, [12]);
});

test("what was evicted before its turn is missing and counted", async () => {
  const rig = new Rig(60);
  rig.engine.hold();
  rig.hear(40, LOUD);
  await settle();
  rig.hear(80, LOUD);
  rig.stream.finish();
  rig.engine.release();
  await rig.done;
  const droppedMs = rig.events.reduce(
    (sum, event) => sum + (event.type === "final" ? event.droppedMs : 0),
    0,
  );
  const heardMs = rig.engine.segments.reduce((sum, { length }) => sum + length / 16, 0);
  assertEquals(Math.round(droppedMs + heardMs), 120 * 60);
  assertEquals(Math.round(droppedMs), 60 * 60 - (rig.engine.segments[0]?.length ?? 0) / 16);
});

test("an utterance without sound ends without a final", async () => {
  const rig = new Rig();
  rig.stream.finish();
  await rig.done;
  assertEquals(rig.events, [{ type: "started" }, { type: "ended" }]);
});

test("a failure of the engine ends the stream with its error", async () => {
  const rig = new Rig();
  rig.engine.failure = new EarshotError("engine.crashed", "Cannot finish the job: the engine ended");
  rig.hear(5, LOUD);
  rig.stream.finish();
  const error = await assertRejects(() => rig.done, EarshotError);
  assertEquals(error, rig.engine.failure);
});

test("aborting ends a stream that waits, and one whose segment is under way", async () => {
  for (const chunks of [5, 120]) {
    const rig = new Rig();
    rig.engine.hold();
    rig.hear(chunks, LOUD);
    await settle();
    rig.abort.abort();
    const error = await assertRejects(() => rig.done, EarshotError);
    assertEquals(error.code, "canceled");
  }
});

/** A recording as packets that nobody has decoded, with what their sound decodes to. */
function undecoded(pcm: Int16Array, durationMs: 20 | 40 | 60 = 60) {
  const chunks = packetChunks(pcm, durationMs);
  return { chunks, decoded: decodedPackets(chunks) };
}

test("packets that nobody has decoded are cut by their levels, amid a pause that lies within one of them", async () => {
  const rig = new Rig();
  const pcm = sine(3_000, { fromMs: 1_420, toMs: 1_940 }); // quiet in between
  const { chunks, decoded } = undecoded(pcm);
  const meter = new LevelMeter();
  for (const [index, chunk] of chunks.entries()) {
    rig.write({ ...chunk, levels: meter.push(decoded[index] ?? new Int16Array(0)) });
  }
  rig.stream.finish();
  await rig.done;
  assertEquals(rig.engine.segments.length, 2);
  const cutMs = (rig.engine.segments[0]?.length ?? 0) / 16;
  assert(cutMs > 1_420 && cutMs < 1_940 && cutMs % 60 !== 0, `cut at ${cutMs} ms`);
  assertSameSound([joinPcm(rig.engine.segments)], [joinPcm(decoded)]);
});

test("packets of which nobody knows how loud they are, are cut when they must be, and none is lost", async () => {
  const rig = new Rig();
  const { chunks, decoded } = undecoded(sine(5_000), 40);
  for (const chunk of chunks) rig.write(chunk);
  rig.stream.finish();
  await rig.done;
  assert(rig.engine.segments.length >= 3 && rig.engine.segments.every(({ length }) => length <= 2_000 * 16));
  assertSameSound([joinPcm(rig.engine.segments)], [joinPcm(decoded)]);
});

test("the segments together are the utterance, sample by sample", async () => {
  const stretch = fc.tuple(fc.integer({ min: 1, max: 30_000 }), fc.integer({ min: 1, max: 30_000 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(stretch, { maxLength: 5 }),
      fc.constantFrom(20, 60, 120),
      fc.boolean(),
      async (stretches, chunkMs, slowly) => {
        const pcm = Int16Array.from(stretches.flatMap(([length, level]) => new Array(length).fill(level)));
        const rig = new Rig();
        for (const chunk of chunksOf(pcm, chunkMs)) {
          rig.write(chunk);
          if (slowly) await settle();
        }
        rig.stream.finish();
        await rig.done;
        assertEquals(Int16Array.from(rig.engine.segments.flatMap((segment) => [...segment])), pcm);
      },
    ),
    { numRuns: 20 },
  );
});

test("the segments of packets that were never decoded together are what they decode to", async () => {
  const stretch = fc.record({
    ms: fc.integer({ min: 1, max: 1_500 }),
    level: fc.constantFrom(0, 300, 8_000),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(stretch, { maxLength: 5 }),
      fc.constantFrom(20 as const, 40 as const, 60 as const),
      fc.boolean(),
      async (stretches, durationMs, judged) => {
        const pcm = stretches.map(({ ms, level }) => sine(ms, { level }));
        const { chunks, decoded } = undecoded(joinPcm(pcm), durationMs);
        const rig = new Rig();
        const meter = new LevelMeter();
        for (const [index, chunk] of chunks.entries()) {
          const levels = meter.push(decoded[index] ?? new Int16Array(0));
          rig.write(judged ? { ...chunk, levels } : chunk);
          await settle();
        }
        rig.stream.finish();
        await rig.done;
        assertSameSound([joinPcm(rig.engine.segments)], [joinPcm(decoded)]);
      },
    ),
    { numRuns: 15 },
  );
});

test("what is recognized in a pause holds when it was the end: nothing is recognized twice", async () => {
  const rig = new Rig();
  rig.hear(10, LOUD);
  rig.hear(5, 0);
  rig.stream.pause(13);
  await settle();
  assertEquals([rig.segmentChunks, rig.texts], [[14], []]);
  rig.hear(3, 0);
  rig.stream.finish();
  await rig.done;
  assertEquals([rig.segmentChunks, rig.texts], [[14], ["segment 0"]]);
  assertEquals(rig.buffer.stats.chunks, 0);
});

test("what was recognized ahead is void when the speaker goes on, or the sound was cut", async () => {
  for (const goOn of [(rig: Rig) => rig.stream.resume(), (rig: Rig) => rig.hear(20, LOUD)]) {
    const rig = new Rig();
    rig.hear(10, LOUD);
    rig.stream.pause(9);
    goOn(rig);
    rig.hear(10, LOUD);
    rig.stream.finish();
    await rig.done;
    assertEquals(rig.texts.includes("segment 0"), false);
    assertEquals(rig.segmentChunks.slice(1).reduce((sum, chunks) => sum + chunks, 0), rig.written);
  }
});

test("a refusal or a failure ahead of the end costs nothing: it is recognized at the end", async () => {
  const rig = new Rig();
  rig.engine.failure = new EarshotError("engine.busy", "busy");
  rig.hear(10, LOUD);
  rig.stream.pause(9);
  await settle();
  rig.engine.failure = undefined;
  rig.stream.finish();
  await rig.done;
  assertEquals([rig.segmentChunks, rig.texts], [[10, 10], ["segment 1"]]);
});

test("a speaker who pauses often has at most twice the segment recognized ahead", async () => {
  const rig = new Rig();
  for (let pause = 0; pause < 10; pause++) {
    rig.hear(1, LOUD);
    rig.stream.pause(pause);
    rig.stream.resume();
  }
  await settle();
  const ahead = rig.segmentChunks.reduce((sum, chunks) => sum + chunks, 0);
  assert(ahead > 10 && ahead <= 20, `${ahead} chunks`);
  rig.stream.finish();
  await rig.done;
});

/** What a stream has told ahead. */
const aheads = ({ events }: Rig) => events.flatMap((event) => event.type === "ahead" ? [event.text] : []);

test("the words of a pause are told once they are found, and once only", async () => {
  const rig = new Rig();
  rig.engine.hold();
  rig.hear(10, LOUD);
  rig.stream.pause(9);
  await settle();
  assertEquals(aheads(rig), []);
  rig.engine.release();
  await settle();
  assertEquals(aheads(rig), ["segment 0"]);
  rig.hear(3, 0);
  await settle();
  rig.stream.finish();
  await rig.done;
  assertEquals(rig.events.map(({ type }) => type), ["started", "ahead", "final", "ended"]);
});

test("words of a pause that is over are not told, nor those that come after the end", async () => {
  for (const end of [(rig: Rig) => rig.stream.resume(), (rig: Rig) => rig.stream.finish()]) {
    for (const found of ["before", "after"]) {
      const rig = new Rig();
      if (found === "after") rig.engine.hold();
      rig.hear(10, LOUD);
      await settle();
      rig.stream.pause(9);
      if (found === "after") await settle();
      end(rig);
      rig.engine.release();
      await settle();
      rig.stream.finish();
      await rig.done;
      assertEquals(aheads(rig), []);
    }
  }
});

test("the words of a pause are told after those of the segments before it, and only as long as none is cut there", async () => {
  const rig = new Rig();
  rig.engine.hold();
  rig.hear(22, LOUD);
  rig.hear(8, 0);
  await settle();
  assertEquals(rig.engine.segments.length, 1, "the first is cut");
  rig.hear(5, LOUD);
  rig.stream.pause(34);
  await settle();
  assertEquals(rig.engine.segments.length, 2, "what was found ahead of the second waits for the first");
  rig.engine.release();
  await settle();
  rig.stream.finish();
  await rig.done;
  assertEquals(rig.events.map(({ type }) => type), ["started", "final", "ahead", "final", "ended"]);

  const cut = new Rig();
  cut.hear(20, LOUD);
  cut.engine.hold();
  cut.stream.pause(19);
  cut.hear(20, LOUD);
  await settle();
  cut.engine.release();
  cut.stream.finish();
  await cut.done;
  assertEquals(aheads(cut), []);
});
