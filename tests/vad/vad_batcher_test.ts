import { assert, assertEquals } from "@std/assert";
import type { AudioChunk } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { VadBatcher, type VadFrame, VadFramer, type VadListener, type VadStream } from "../../lib/vad/mod.ts";
import { chunkOf } from "../support/chunks.ts";
import { detectorSound } from "../support/detector_sound.ts";
import fc from "../support/fast_check.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { noise } from "../support/noise.ts";
import { packetChunks } from "../support/packets.ts";
import { test } from "../support/test.ts";

/** Writes a chunk that is one frame. */
function write(stream: VadStream | undefined, seq: number, receivedMs = 0): void {
  const chunk = { ...chunkOf(seq, 0, 32), receivedMs };
  stream?.write({ chunk, restSamples: 0, frames: [{ fromSeq: seq, throughSeq: seq, receivedMs }] });
}

function setUp() {
  const clock = new FakeClock();
  const engine = new FakeEngine();
  const batcher = new VadBatcher(engine, { clock });
  return { clock, engine, batcher };
}

class Heard implements VadListener {
  readonly seqs: number[] = [];
  readonly codes: string[] = [];

  onFrame(frame: VadFrame): void {
    this.seqs.push(frame.fromSeq);
  }

  onFailed(error: EarshotError): void {
    this.codes.push(error.code);
  }
}

function batchSizes(engine: FakeEngine): number[][] {
  return engine.batches.map((batch) => batch.map(({ pcm }) => pcm.length / 512));
}

test("what arrives while a batch is under way becomes the next batch, for all streams at once", async () => {
  const { clock, engine, batcher } = setUp();
  const [one, two] = [new Heard(), new Heard()];
  const [first, second] = [batcher.open(one, detectorSound()), batcher.open(two, detectorSound())];
  engine.hold();
  write(first, 0);
  await clock.advance(32);
  for (const seq of [1, 2]) write(first, seq);
  write(second, 10);
  await clock.advance(32);
  assertEquals(batchSizes(engine), [[1]]);
  assertEquals(batcher.stats.pendingFrames, 3);
  engine.release();
  await settle();
  assertEquals(batchSizes(engine), [[1], [2, 1]]);
  assertEquals([one.seqs, two.seqs], [[0, 1, 2], [10]]);
  assertEquals(batcher.stats, {
    streams: 2,
    pendingFrames: 0,
    frames: 4,
    gatedFrames: 0,
    failedFrames: 0,
    quietFrames: 0,
  });
  batcher.close();
});

test("a batch is due 32 ms after the one before or at 64 frames, in 256 ms where nobody waits, at once when somebody begins to", async () => {
  const { clock, engine, batcher } = setUp();
  const [urgent, patient] = [
    batcher.open(new Heard(), detectorSound()),
    batcher.open(new Heard(), detectorSound()),
  ];
  patient.urgent = false;
  for (const seq of [0, 1, 2]) write(urgent, seq);
  await settle();
  assertEquals(batchSizes(engine), [[1]]);
  await clock.advance(31);
  write(urgent, 3);
  assertEquals(batchSizes(engine).length, 1);
  await clock.advance(1);
  assertEquals(batchSizes(engine).slice(1), [[3]]);
  for (let seq = 0; seq < 63; seq++) write(urgent, seq);
  await settle();
  assertEquals(batchSizes(engine).length, 2);
  write(urgent, 63);
  await settle();
  assertEquals(batchSizes(engine).slice(2), [[64]]);
  write(patient, 0);
  await clock.advance(255);
  assertEquals(batchSizes(engine).length, 3);
  await clock.advance(1);
  assertEquals(batchSizes(engine).slice(3), [[1]]);
  write(patient, 1);
  patient.urgent = true;
  await settle();
  assertEquals(batchSizes(engine).slice(4), [[1]]);
  // What waits goes with the next batch, whoever it is for.
  patient.urgent = false;
  write(patient, 2);
  write(urgent, 64);
  await clock.advance(32);
  assertEquals(batchSizes(engine).slice(5), [[1, 1]]);
  batcher.close();
  assertEquals(clock.pending, 0);
});

test("it tells how long ago the oldest frame of each stream came, wherever it waited", async () => {
  const clock = new FakeClock();
  const engine = new FakeEngine();
  const late: number[] = [];
  const batcher = new VadBatcher(engine, {
    clock,
    onJudged: (lateMs) => late.push(lateMs),
  });
  const listener = { onFrame() {}, onFailed() {} };
  const [a, b] = [batcher.open(listener, detectorSound()), batcher.open(listener, detectorSound())];
  engine.hold();
  write(a, 0, 0);
  await clock.advance(32);
  write(a, 1, 26); // it came before it was written
  write(b, 0, 32);
  await clock.advance(35);
  write(a, 2, 67);
  engine.release();
  await settle();
  assertEquals(late, [67, 41, 35]);
  batcher.close();
});

test("one batch holds at most 192 frames, and who has few frames is heard whole beside those with many", async () => {
  const { clock, engine, batcher } = setUp();
  engine.hold();
  const [first, few] = [
    batcher.open(new Heard(), detectorSound()),
    batcher.open(new Heard(), detectorSound()),
  ];
  write(first, 0);
  await clock.advance(32);
  for (let count = 0; count < 3; count++) {
    const opened = batcher.open(new Heard(), detectorSound());
    for (let seq = 0; seq < 150; seq++) write(opened, seq);
  }
  for (let seq = 0; seq < 3; seq++) write(few, seq);
  engine.release();
  await settle();
  assertEquals(batchSizes(engine), [[1], [63, 63, 63, 3], [64, 64, 64], [23, 23, 23]]);
  batcher.close();
});

test("of more streams than a batch holds, those that waited longest are served first, and each in its turn", async () => {
  const { clock, engine, batcher } = setUp();
  engine.hold();
  const all = Array.from({ length: 500 }, () => new Heard());
  const streams = all.map((heard) => batcher.open(heard, detectorSound()));
  write(streams[0], 0);
  await clock.advance(32);
  for (let seq = 1; seq <= 4; seq++) for (const stream of streams) write(stream, seq);
  engine.release();
  while (batcher.stats.frames < 2_001) await settle();
  const asked = engine.batches.slice(1).map((batch) => batch.map(({ streamId }) => streamId));
  const ids = streams.map(({ id }) => id);
  // 192 a batch, one after the other, four times round.
  assertEquals(asked.flat(), [...ids, ...ids, ...ids, ...ids]);
  assertEquals(all.map(({ seqs }) => seqs.at(-1)), all.map(() => 4));
  batcher.close();
});

test("whatever waits, shares are max-min fair, no frame is lost or passes another, and every batch is full", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(90), { minLength: 1, maxLength: 80 }), async (waiting) => {
      const { clock, engine, batcher } = setUp();
      engine.hold();
      write(batcher.open(new Heard(), detectorSound()), 0);
      await clock.advance(32);
      const all = waiting.map(() => new Heard());
      for (const [index, count] of waiting.entries()) {
        const stream = batcher.open(all[index] ?? new Heard(), detectorSound());
        for (let seq = 0; seq < count; seq++) write(stream, seq);
      }
      await clock.advance(32);
      engine.release();
      for (let left = batcher.stats.pendingFrames, batch = 1; left > 0; batch++) {
        while (engine.batches[batch] === undefined) await settle();
        const sizes = engine.batches[batch]?.map(({ pcm }) => pcm.length / 512) ?? [];
        const total = sizes.reduce((sum, size) => sum + size, 0);
        assertEquals(total, Math.min(left, 192));
        left -= total;
      }
      await settle();
      assertEquals(
        all.map(({ seqs }) => seqs),
        waiting.map((count) => Array.from({ length: count }, (_, seq) => seq)),
      );
      // In the first batch nobody has two frames more than somebody who still waits.
      const got = new Map(engine.batches[1]?.map(({ streamId, pcm }) => [streamId, pcm.length / 512]));
      const most = Math.max(0, ...got.values());
      for (const [index, count] of waiting.entries()) {
        const share = got.get(index + 2) ?? 0;
        assert(share === count || share >= most - 1, `${share} of ${count}, and another one got ${most}`);
      }
      batcher.close();
    }),
    { numRuns: 40 },
  );
});

test("nothing is heard of a closed stream, not even what was in flight", async () => {
  const { clock, engine, batcher } = setUp();
  const heard = new Heard();
  const stream = batcher.open(heard, detectorSound());
  engine.hold();
  write(stream, 0);
  await clock.advance(32);
  write(stream, 1);
  stream.close();
  stream.close();
  write(stream, 2);
  engine.release();
  await settle();
  assertEquals(heard.seqs, []);
  assertEquals(engine.closedStreams, [stream.id]);
  assertEquals([batcher.stats.streams, batcher.stats.pendingFrames], [0, 0]);
  batcher.close();
});

test("a failed batch is told to its streams, and the next one leaves after a pause", async () => {
  const { clock, engine, batcher } = setUp();
  const heard = new Heard();
  const stream = batcher.open(heard, detectorSound());
  engine.failure = new EarshotError("engine.crashed", "Cannot finish the job: the engine ended");
  write(stream, 0);
  await clock.advance(32);
  write(stream, 1);
  await clock.advance(32);
  assertEquals([heard.codes, engine.batches.length], [["engine.crashed"], 1]);
  engine.failure = undefined;
  await clock.advance(100);
  assertEquals(heard.seqs, [1]);
  assertEquals(batcher.stats.failedFrames, 1);
  batcher.close();
  assertEquals(clock.pending, 0);
});

test("a listener that throws costs nobody else its answer", async () => {
  const { clock, engine, batcher } = setUp();
  const heard = new Heard();
  const faulty = batcher.open({
    onFrame: () => {
      throw new Error("a fault of the session");
    },
    onFailed: () => {},
  }, detectorSound());
  const stream = batcher.open(heard, detectorSound());
  engine.hold();
  for (const seq of [0, 1]) write(faulty, seq);
  write(stream, 5);
  await clock.advance(32);
  engine.release();
  await settle();
  assertEquals(heard.seqs, [5]);
  batcher.close();
});

test("close gives up the batch that is under way and leaves nothing behind", async () => {
  const { clock, engine, batcher } = setUp();
  const heard = new Heard();
  const stream = batcher.open(heard, detectorSound());
  engine.hold();
  write(stream, 0);
  await clock.advance(32);
  write(stream, 1);
  batcher.close();
  batcher.close();
  await settle();
  assertEquals([heard.seqs, heard.codes], [[], []]);
  assertEquals(batcher.open(heard, detectorSound()).closed, true);
  assertEquals([batcher.stats.streams, clock.pending], [0, 0]);
});

test("what was wanted besides verdicts belongs to the chunks, and sound comes before its verdict", async () => {
  const { clock, engine, batcher } = setUp();
  const packets = packetChunks(noise(1_920, 8_000));
  const chunks = packets.map((chunk) => ({ ...chunk }));
  const told: unknown[] = [];
  const listener = { onFrame: () => void told.push("frame"), onFailed() {} };
  const sounding = batcher.open(
    listener,
    detectorSound({ wants: "pcm", onPcm: ({ seq }, pcm) => void told.push([seq, pcm.length]) }),
  );
  const levelled = batcher.open(new Heard(), detectorSound({ wants: "levels" }));
  const bare = batcher.open(new Heard(), detectorSound());
  const [one, two, three] = [
    chunks,
    chunks.map((chunk) => ({ ...chunk })),
    chunks.map((chunk) => ({ ...chunk })),
  ];
  for (const [stream, written] of [[sounding, one], [levelled, two], [bare, three]] as const) {
    const framer = new VadFramer();
    for (const chunk of written) {
      const { restSamples } = framer;
      stream.write({ chunk, restSamples, frames: framer.push(chunk) });
    }
  }
  await clock.advance(32);
  assertEquals(told, [[0, 960], "frame", [1, 960], "frame", "frame"]);
  assertEquals(two.map(({ levels }) => levels?.length), [3, 3]);
  assertEquals([...one, ...three].some(({ levels }) => levels !== undefined), false);
  assertEquals(engine.batches.length > 0, true);
  batcher.close();
});

test("a closed stream is given no sound, though its chunks know how loud they are", async () => {
  for (const wants of ["pcm", "levels"] as const) {
    const { engine, batcher } = setUp();
    const told: number[] = [];
    const onPcm = ({ seq }: AudioChunk) => void told.push(seq);
    const [chunk = chunkOf(0, 0)] = packetChunks(noise(960, 8_000));
    const stream = batcher.open(new Heard(), detectorSound({ wants, onPcm }));
    engine.hold();
    stream.write({ chunk, restSamples: 0, frames: [{ fromSeq: 0, throughSeq: 0, receivedMs: 0 }] });
    await settle();
    assertEquals(batcher.stats.pendingFrames, 0, "it is with the engine");
    stream.close();
    engine.release();
    await settle();
    assertEquals([told, chunk.levels?.length], [[], wants === "levels" ? 3 : undefined]);
    batcher.close();
  }
});

test("the engine is told from where on sound may be asked for again, and what is released", async () => {
  const { clock, engine, batcher } = setUp();
  const source = {};
  const chunks = packetChunks(noise(10 * 960, 8_000));
  const stream = batcher.open(
    new Heard(),
    detectorSound({ source, keepFromSeq: (nextSeq) => nextSeq - 7 }),
  );
  const framer = new VadFramer();
  for (const chunk of chunks) {
    const { restSamples } = framer;
    stream.write({ chunk, restSamples, frames: framer.push(chunk) });
  }
  await clock.advance(1_000);
  assertEquals(engine.sounds, { devices: 1, bytes: 7 * 1_920 });
  batcher.releaseSound(source, 8);
  assertEquals(engine.sounds, { devices: 1, bytes: 2 * 1_920 });
  batcher.releaseSound(source);
  assertEquals(engine.sounds, { devices: 0, bytes: 0 });
  batcher.close();
});
