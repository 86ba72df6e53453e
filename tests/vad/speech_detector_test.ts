import { assertEquals } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { SpeechDetector, type SpeechEvent, VadBatcher, vadConfig } from "../../lib/vad/mod.ts";
import { chunkOf } from "../support/chunks.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { test } from "../support/test.ts";

const LOUD = 8_000;

class Rig implements Disposable {
  readonly clock = new FakeClock();
  readonly engine = new FakeEngine();
  readonly events: SpeechEvent[] = [];
  readonly batcher = new VadBatcher(this.engine, { clock: this.clock, maxPendingMsPerStream: 1_000 });
  readonly detector = new SpeechDetector({
    batcher: this.batcher,
    clock: this.clock,
    config: vadConfig.parse({}),
    onEvent: (event) => this.onEvent(event),
  });
  onEvent = (event: SpeechEvent) => void this.events.push(event);
  #seq = 0;

  constructor(readonly durationMs = 60) {}

  /** Sends chunks of one loudness in real time. */
  async send(count: number, level: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      this.detector.write(chunkOf(this.#seq++, level, this.durationMs));
      await this.clock.advance(this.durationMs);
    }
  }

  /** The events without the pauses on the way. */
  get turns(): SpeechEvent[] {
    return this.events.filter(({ type }) => type !== "speech_paused" && type !== "speech_resumed");
  }

  /** Whatever a test leaves behind shows here. */
  [Symbol.dispose](): void {
    this.detector.close();
    this.batcher.close();
    assertEquals([this.clock.pending, this.batcher.stats.streams], [0, 0]);
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
    const [start, end] = [
      Math.floor(2_400 / 32) * 32 / durationMs,
      (Math.ceil(3_600 / 32) * 32 - 1) / durationMs,
    ];
    assertEquals(rig.turns, [
      { type: "speech_started", seq: Math.floor(start) },
      { type: "speech_stopped", seq: Math.floor(end), cause: "silence" },
    ]);
  }
});

test("silence while nobody speaks needs no model, by the device's word (DTX) or by its samples", async () => {
  using rig = new Rig();
  await rig.send(10, 0);
  assertEquals([rig.engine.batches.length, rig.batcher.stats.quietFrames], [0, 10 * 60 / 32]);
  assertEquals(rig.detector.heardThroughSeq, 9);
  rig.detector.write({ ...chunkOf(10, 100), opus: new Uint8Array(1) });
  assertEquals(rig.batcher.stats.streams, 0);
  await rig.send(10, LOUD);
  const judged = rig.engine.batches.length;
  assertEquals(judged > 0, true);
  // Silence within speech is for the model to judge: it may be a pause.
  await rig.send(10, 0);
  assertEquals(rig.engine.batches.length > judged, true);
  await rig.send(20, 0);
  assertEquals(rig.turns.map(({ type }) => type), ["speech_started", "speech_stopped"]);
});

test("silence behind sound that the model has not judged yet is judged with it", async () => {
  using rig = new Rig();
  rig.engine.hold();
  await rig.send(4, LOUD);
  await rig.send(2, 0);
  assertEquals(rig.batcher.stats.quietFrames, 0);
  rig.engine.release();
  await settle();
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
  assertEquals(rig.turns.slice(1), [{ type: "speech_stopped", seq: 40, cause: "silence" }]);
});

test("a pause is told once after 300 ms of silence, and that it was none with the first speech", async () => {
  using rig = new Rig(32);
  await rig.send(10, LOUD);
  await rig.send(9, 0);
  assertEquals(rig.events, [{ type: "speech_started", seq: 0 }]);
  await rig.send(5, 0);
  assertEquals(rig.events.slice(1), [{ type: "speech_paused", seq: 19 }]);
  assertEquals(rig.detector.heardThroughSeq, 23);
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

test("a device that stops sending ends its speech after 700 ms", async () => {
  using rig = new Rig();
  await rig.send(10, LOUD);
  await rig.clock.advance(639);
  assertEquals(rig.events, [{ type: "speech_started", seq: 0 }]);
  await rig.clock.advance(1);
  assertEquals(rig.events.slice(1), [{ type: "speech_stopped", seq: 9, cause: "no_audio" }]);
  await rig.send(10, LOUD);
  assertEquals(rig.events.slice(2), [{ type: "speech_started", seq: 10 }]);
});

test("sound that the engine has not answered when the device falls silent counts as speech", async () => {
  using rig = new Rig();
  await rig.send(10, LOUD);
  rig.engine.hold();
  await rig.send(5, 0);
  await rig.clock.advance(700);
  assertEquals(rig.events.slice(1), [{ type: "speech_stopped", seq: 14, cause: "no_audio" }]);
  rig.engine.release();
  await settle();
  assertEquals(rig.events.length, 2);
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
  rig.engine.failure = new EarshotError("engine.crashed", "Cannot finish the job: the engine ended");
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
