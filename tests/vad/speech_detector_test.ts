import { assert, assertEquals, assertThrows } from "@std/assert";
import type { AudioChunk } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { SpeechDetector, VadBatcher, vadConfig } from "../../lib/vad/mod.ts";
import { DetectorRig, LOUD, sound } from "./detector_rig.ts";
import { chunkOf } from "../support/chunks.ts";
import { detectorSound } from "../support/detector_sound.ts";
import fc from "../support/fast_check.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { test } from "../support/test.ts";

const crash = () => new EarshotError("engine.crashed", "Cannot finish the job: the engine ended");

class Rig extends DetectorRig<SpeechDetector> {
  constructor(durationMs?: number) {
    super((options) => new SpeechDetector(options), durationMs);
  }
}

test("events name the chunk in which speech began and the one in which it ended", async () => {
  for (const durationMs of [20, 60]) {
    using rig = new Rig(durationMs);
    const [before, speech] = [2_400 / durationMs, 1_200 / durationMs];
    await rig.send(before, 0);
    await rig.send(speech, LOUD);
    await rig.send(before, 0);
    // 2400 ms and 3600 ms are no multiples of 32 ms: the last quiet sound shares a frame with the first loud.
    const endMs = Math.ceil(3_600 / 32) * 32;
    const [start, end, known] = [
      Math.floor(2_400 / 32) * 32 / durationMs,
      (endMs - 1) / durationMs,
      (endMs + 22 * 32 - 1) / durationMs,
    ];
    assertEquals(rig.turns, [
      { type: "speech_started", seq: Math.floor(start) },
      { type: "speech_stopped", seq: Math.floor(end), throughSeq: Math.floor(known) },
    ]);
  }
});

test("silence by the device's word (DTX) while nobody speaks needs no model", async () => {
  using rig = new Rig();
  await rig.send(10, "dtx");
  assertEquals([rig.engine.batches.length, rig.batcher.stats.quietFrames], [0, 10 * 60 / 32]);
  assertEquals(rig.judgedSeq, 9);
  assertEquals(rig.batcher.stats.streams, 0);
  await rig.send(10, LOUD);
  const judged = rig.engine.batches.length;
  assertEquals(judged > 0, true);
  // Silence within speech is for the model to judge: it may be a pause.
  await rig.send(10, "dtx");
  assertEquals(rig.engine.batches.length > judged, true);
  await rig.send(20, "dtx");
  assertEquals(rig.turns.map(({ type }) => type), ["speech_started", "speech_stopped"]);
});

test("silence behind sound that the model has not judged yet is judged with it", async () => {
  using rig = new Rig();
  rig.engine.hold();
  await rig.send(4, LOUD);
  await rig.send(2, "dtx");
  assertEquals(rig.batcher.stats.quietFrames, 0);
  rig.engine.release();
  await settle();
  assertEquals(rig.batcher.stats.quietFrames, 0);
  assertEquals(rig.turns.map(({ type }) => type), ["speech_started"]);
});

test("two frames of noise are no speech", async () => {
  using rig = new Rig(32);
  await rig.send(2, LOUD);
  await rig.send(1, 0);
  await rig.send(2, LOUD);
  await rig.send(30, 0);
  assertEquals(rig.events, []);
});

test("a pause shorter than 700 ms ends nothing", async () => {
  using rig = new Rig(32);
  await rig.send(10, LOUD);
  await rig.send(21, 0);
  await rig.send(10, LOUD);
  await rig.send(21, 0);
  assertEquals(rig.turns, [{ type: "speech_started", seq: 0 }]);
  await rig.send(1, 0);
  assertEquals(rig.turns.slice(1), [{ type: "speech_stopped", seq: 40, throughSeq: 62 }]);
});

test("a pause is told once after 300 ms of silence, and that it was none with the first speech", async () => {
  using rig = new Rig(32);
  await rig.send(10, LOUD);
  await rig.send(9, 0);
  assertEquals(rig.events, [{ type: "speech_started", seq: 0 }]);
  await rig.send(5, 0);
  assertEquals(rig.events.slice(1), [{ type: "speech_paused", seq: 19 }]);
  assertEquals(rig.judgedSeq, 23);
  await rig.send(2, LOUD);
  assertEquals(rig.events.slice(2), [{ type: "speech_resumed" }]);
  await rig.send(9, 0);
  assertEquals(rig.events.length, 3);
});

test("after the end, too, the first frame of speech says that it was none, and a reset forgets the pause", async () => {
  using rig = new Rig(32);
  await rig.send(10, LOUD);
  await rig.send(40, 0);
  await rig.send(1, LOUD);
  assertEquals(rig.events.map(({ type }) => type), [
    "speech_started",
    "speech_paused",
    "speech_stopped",
    "speech_resumed",
  ]);
  await rig.send(9, LOUD);
  await rig.send(11, 0);
  assertEquals(rig.events.at(-1), { type: "speech_paused", seq: 69 });
  rig.detector.reset();
  await rig.send(1, LOUD);
  assertEquals(rig.events.at(-1)?.type, "speech_paused");
});

test("what it says depends on the sound alone, however its chunks arrive", async () => {
  const bursts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 });
  const parts = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom("dtx" as const, "dtx" as const, 4, LOUD)),
    { minLength: 1, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(parts, bursts, fc.constantFrom(20, 60), async (parts, bursts, durationMs) => {
      const chunks: AudioChunk[] = parts.flatMap(([count, level]) => Array<typeof level>(count).fill(level))
        .map((level, seq) => sound(seq, level, durationMs));
      const heard = async (arrival: readonly number[]) => {
        using rig = new Rig(durationMs);
        const told: unknown[] = [];
        rig.onEvent = (event) => void told.push(event);
        for (let at = 0, turn = 0; at < chunks.length; turn++) {
          const size = arrival[turn % arrival.length] ?? 1;
          rig.engine.hold();
          for (const chunk of chunks.slice(at, at += size)) rig.write(chunk);
          await rig.clock.advance(durationMs * size);
          rig.engine.release();
          await settle();
        }
        await rig.clock.advance(1_000);
        return [told, rig.batcher.stats.quietFrames];
      };
      assertEquals(await heard(bursts), await heard([1]));
    }),
    { numRuns: 40 },
  );
});

test("it takes no more than it can hold, and says when it takes more", async () => {
  const engine = new FakeEngine();
  const batcher = new VadBatcher(engine, { clock: new FakeClock() });
  let writable = 0;
  const detector = new SpeechDetector({
    batcher,
    config: vadConfig.parse({}),
    sound: detectorSound(),
    onEvent: () => {},
    onReady: () => writable++,
  });
  engine.hold();
  let seq = 0;
  while (detector.writable) detector.write(chunkOf(seq++, LOUD));
  assertThrows(() => detector.write(chunkOf(seq, LOUD)), RangeError);
  assertEquals([seq <= 75, writable, detector.idle], [true, 0, false]);
  engine.release();
  await settle();
  assertEquals([writable > 0, detector.writable, detector.idle], [true, true, true]);
  detector.close();
  batcher.close();
});

test("after a reset, answers to what was written before it are ignored", async () => {
  using rig = new Rig();
  rig.engine.hold();
  await rig.send(10, LOUD);
  rig.detector.reset();
  rig.engine.release();
  await settle();
  assertEquals(rig.events, []);
  await rig.send(10, LOUD);
  assertEquals(rig.events, [{ type: "speech_started", seq: 10 }]);
});

test("a listener may reset from within an event", async () => {
  using rig = new Rig();
  rig.onEvent = (event) => {
    rig.events.push(event);
    rig.detector.reset();
  };
  rig.engine.hold();
  await rig.send(1, 0);
  await rig.send(8, LOUD);
  rig.engine.release();
  await settle();
  assertEquals(rig.events.map(({ type }) => type), ["speech_started"]);
});

test("an outage is told once, and the detector goes on after it", async () => {
  using rig = new Rig();
  rig.engine.failure = new EarshotError("engine.unavailable", "Cannot take the job: the engine is starting");
  await rig.send(50, LOUD);
  rig.detector.reset();
  await rig.send(10, LOUD);
  assertEquals(rig.events, [{ type: "failed", error: rig.engine.failure }]);
  rig.engine.failure = undefined;
  await rig.send(10, LOUD);
  assertEquals(rig.events.map(({ type }) => type), ["failed", "speech_started"]);
  rig.engine.failure = crash();
  await rig.send(5, LOUD);
  assertEquals(rig.events.slice(2), [{ type: "failed", error: rig.engine.failure }]);
});

test("a closed detector says nothing", async () => {
  using rig = new Rig();
  rig.engine.hold();
  await rig.send(10, LOUD);
  rig.detector.close();
  rig.detector.close();
  rig.engine.release();
  await rig.send(10, LOUD);
  assertEquals(rig.events, []);
  assertEquals(rig.batcher.stats.streams, 0);
});

test("somebody speaks for sure after 300 ms of voice, once for each time that speech begins; a cough is none", async () => {
  using rig = new Rig();
  await rig.send(4, LOUD);
  await rig.send(20, 0);
  assertEquals(rig.confirmed, 0);
  await rig.send(4, LOUD);
  await rig.send(2, 0);
  await rig.send(10, LOUD);
  assertEquals(rig.confirmed, 1);
  await rig.send(20, 0);
  await rig.send(10, LOUD);
  assertEquals(rig.confirmed, 2);
});

test("what an engine had that crashed is judged by its successor with what waited, in order, and nothing is told", async () => {
  for (const durationMs of [20, 32, 60]) {
    using rig = new Rig(durationMs);
    rig.engine.hold();
    await rig.send(12, LOUD);
    rig.engine.failure = crash();
    rig.engine.release();
    await settle();
    assertEquals([rig.judged, rig.detector.idle], [[], false]);
    rig.engine.failure = undefined;
    await rig.clock.advance(100);
    const [, again] = rig.engine.batches;
    assertEquals(again?.map(({ pcm }) => pcm.length), [12 * durationMs * 16 - 12 * durationMs * 16 % 512]);
    assertEquals(rig.judged, rig.judged.toSorted((a, b) => a - b));
    assertEquals([rig.judged[0] ?? NaN, rig.judgedSeq], [Math.ceil(32 / durationMs) - 1, 11]);
    assertEquals(rig.events, [{ type: "speech_started", seq: 0 }]);
    assertEquals([rig.detector.idle, rig.batcher.stats.pendingFrames], [true, 0]);
  }
});

test("what two engines crashed with is given up: that is told once, and the rest is judged", async () => {
  using rig = new Rig(32);
  rig.engine.hold();
  await rig.send(1, LOUD);
  rig.engine.failure = crash();
  rig.engine.release();
  await settle();
  await rig.send(5, LOUD); // the second engine has the first chunk and those that came meanwhile
  assertEquals(rig.judged, [0]);
  assertEquals(rig.events, [{ type: "failed", error: rig.engine.failure }]);
  assertEquals([rig.detector.heardSpeech, rig.detector.idle], [true, false]);
  rig.engine.failure = undefined;
  await rig.clock.advance(200);
  assertEquals(rig.judged, [0, 1, 2, 3, 4, 5]);
  assertEquals(rig.events.slice(1), [{ type: "speech_started", seq: 1 }]);
  assertEquals(rig.detector.idle, true);
});

test("an engine that crashes with whatever it gets is told once, and its sound does not pile up", async () => {
  using rig = new Rig();
  rig.engine.failure = crash();
  await rig.send(100, LOUD);
  assertEquals(rig.events, [{ type: "failed", error: rig.engine.failure }]);
  assert((rig.judgedSeq ?? 0) > 90, `${rig.judgedSeq}`);
  assertEquals([rig.detector.heardSpeech, rig.detector.writable], [true, true]);
  rig.engine.failure = undefined;
  await rig.send(10, LOUD);
  assertEquals(rig.events.slice(1).map(({ type }) => type), ["speech_started"]);
  assertEquals(rig.detector.idle, true);
});

test("whichever batches engines crash with, no chunk passes another, none is lost untold, and it is idle in the end", async () => {
  const crashes = fc.array(fc.boolean(), { maxLength: 12 });
  const bursts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(crashes, bursts, fc.constantFrom(20, 60), async (crashes, bursts, durationMs) => {
      using rig = new Rig(durationMs);
      const [offered, heard] = [new Set<number>(), new Set<number>()];
      let sturdy = false;
      const { hear } = rig.engine;
      let batches = 0;
      rig.engine.hear = async (batch, options) => {
        const seqs = batch.flatMap(({ packets }) => packets.map(({ seq }) => seq));
        for (const seq of seqs) offered.add(seq);
        if (!sturdy && crashes[batches++]) throw crash();
        assertEquals(seqs.filter((seq) => seq <= Math.max(-1, ...heard)), [], "it was judged before");
        for (const seq of seqs) heard.add(seq);
        return await hear.call(rig.engine, batch, options);
      };
      let sent = 0;
      const say = async (count: number) => {
        for (let index = 0; index < count; index++) rig.write(chunkOf(sent++, 4, durationMs));
        await rig.clock.advance(count * durationMs);
      };
      for (const count of bursts) await say(count);
      sturdy = true;
      await say(10); // every frame of what came before is complete with them
      await rig.clock.advance(2_000); // a batch every 100 ms at least
      const lost = Math.max(...offered) + 1 - heard.size;
      const failed = rig.events.some(({ type }) => type === "failed");
      assertEquals([failed, rig.detector.heardSpeech], [lost > 0, lost > 0]);
      assertEquals(rig.judged, rig.judged.toSorted((a, b) => a - b));
      assertEquals([rig.detector.idle, rig.batcher.stats.pendingFrames], [true, 0]);
    }),
    { numRuns: 60 },
  );
});

test("a chunk that a listener writes when it is told of lost sound comes behind what waits", async () => {
  using rig = new Rig(32);
  const { failure } = rig.engine;
  rig.engine.hold();
  await rig.send(4, LOUD); // one is with the engine, three wait
  rig.onEvent = ({ type }) => {
    if (type === "failed") rig.detector.write(chunkOf(4, LOUD, 32));
  };
  rig.engine.failure = new EarshotError("engine.timeout", "Cannot finish the job: it hangs");
  rig.engine.release();
  await settle();
  rig.engine.failure = failure;
  await rig.clock.advance(100);
  assertEquals(rig.judged, [0, 1, 2, 3, 4]);
});
