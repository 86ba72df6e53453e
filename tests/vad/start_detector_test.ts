import { assertEquals } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { StartDetector } from "../../lib/vad/mod.ts";
import { settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { DetectorRig, LOUD, sound } from "./detector_rig.ts";

class Rig extends DetectorRig<StartDetector> {
  constructor(durationMs = 32) {
    super((options) => new StartDetector(options), durationMs);
  }
}

test("once speech has begun the model rests: the rest counts as judged, unseen", async () => {
  using rig = new Rig();
  await rig.send(5, 0);
  assertEquals(rig.judged, [0, 1, 2, 3, 4]);
  rig.engine.hold();
  await rig.send(20, LOUD); // one frame is with the engine, 19 wait
  rig.engine.release();
  await settle();
  assertEquals(rig.events, [{ type: "speech_started", seq: 5 }]);
  assertEquals([rig.judgedSeq, rig.detector.idle, rig.detector.heardSpeech], [24, true, true]);
  assertEquals([rig.batcher.stats.streams, rig.batcher.stats.pendingFrames], [0, 0]);
  const batches = rig.engine.batches.length;
  for (const level of [LOUD, 0, "dtx"] as const) {
    rig.judged.length = 0;
    rig.write(sound(100, level, 32));
    assertEquals(rig.judged, [100], "at once");
  }
  await rig.send(100, 0);
  assertEquals([rig.engine.batches.length, rig.detector.writable, rig.detector.idle], [batches, true, true]);
  assertEquals([rig.events.length, rig.confirmed], [1, 0]);
});

test("a reset wakes it for another beginning", async () => {
  using rig = new Rig();
  await rig.send(10, LOUD);
  rig.detector.reset();
  assertEquals(rig.detector.heardSpeech, false);
  await rig.send(5, 0);
  assertEquals(rig.events, [{ type: "speech_started", seq: 0 }]);
  await rig.send(10, LOUD);
  assertEquals(rig.events.slice(1), [{ type: "speech_started", seq: 15 }]);
});

test("a whisper is a beginning: five faint frames within a second, from the first of them on", async () => {
  using rig = new Rig();
  rig.engine.faintLevel = 300;
  for (let word = 0; word < 4; word++) {
    await rig.send(1, 500);
    await rig.send(6, 0);
  }
  assertEquals(rig.events, []);
  await rig.send(1, 500);
  assertEquals(rig.events, [{ type: "speech_started", seq: 0 }]);
  rig.detector.reset();
  for (let word = 0; word < 8; word++) {
    await rig.send(1, 500);
    await rig.send(11, 0);
  }
  assertEquals(rig.events.length, 1, "too seldom");
});

test("where the engine fails, speech begins with the first packet that is no silence of the device", async () => {
  using rig = new Rig();
  await rig.send(3, "dtx");
  rig.engine.failure = new EarshotError("engine.unavailable", "Cannot take a job: the test says so");
  await rig.send(4, 0);
  assertEquals(rig.events, [{ type: "speech_started", seq: 3 }]);
  assertEquals(rig.judgedSeq, 6);
  rig.engine.failure = undefined;
  rig.detector.reset();
  await rig.clock.advance(100);
  await rig.send(5, 0);
  assertEquals(rig.events.length, 1, "it is asked again");
});
