import { assertEquals } from "@std/assert";
import { joinPcm } from "../../../lib/audio/mod.ts";
import { StreamFramers } from "../../../lib/engine/sounds/stream_framers.ts";
import { VadFramer } from "../../../lib/vad/mod.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

/** As long as Opus packets may be, in ms. */
const durations = fc.constantFrom(2.5, 5, 10, 20, 40, 60, 80, 100, 120);

/** Different samples everywhere. */
function counting(samples: number, from = 0): Int16Array<ArrayBuffer> {
  return Int16Array.from({ length: samples }, (_, index) => from + index);
}

test("however sound is cut into packets and batches, the frames are the same samples, as many as the gateway counts", () => {
  const batches = fc.array(fc.array(durations, { maxLength: 6 }), { maxLength: 12 });
  fc.assert(fc.property(batches, (batches) => {
    const framers = new StreamFramers();
    const framer = new VadFramer();
    const frames: Int16Array[] = [];
    const sound: Int16Array[] = [];
    let samples = 0;
    let seq = 0;
    for (const batch of batches) {
      let counted = 0;
      const parts = batch.map((durationMs) => {
        counted += framer.push({ seq: seq++, receivedMs: 0, durationMs }).length;
        const pcm = counting(durationMs * 16, samples);
        samples += pcm.length;
        return pcm;
      });
      sound.push(...parts);
      const whole = framers.push(7, parts);
      assertEquals(whole.length, counted * 512);
      frames.push(whole);
    }
    assertEquals(joinPcm(frames), joinPcm(sound).slice(0, samples - samples % 512));
  }));
});

test("streams do not mix, and what is left of a closed one is forgotten", () => {
  const framers = new StreamFramers();
  assertEquals(framers.push(1, [counting(500)]).length, 0);
  assertEquals(framers.push(2, [counting(500, 1_000)]).length, 0);
  assertEquals(framers.push(1, [counting(12, 500)]), counting(512));
  framers.close(2);
  framers.close(3);
  assertEquals(framers.push(2, [counting(512, 3_000)]), counting(512, 3_000));
});

test("what waits is a copy: sound that comes later changes nothing", () => {
  const framers = new StreamFramers();
  const part = counting(500);
  framers.push(1, [part]);
  part.fill(0);
  assertEquals(framers.push(1, [counting(12, 500)]), counting(512));
});

test("past 4,096 streams, what is left of the one used longest ago goes", () => {
  const framers = new StreamFramers();
  for (let id = 0; id < 4_096; id++) framers.push(id, [counting(500)]);
  framers.push(0, [counting(2, 500)]);
  framers.push(9_000, [counting(500)]);
  assertEquals(framers.push(1, [counting(12)]).length, 0);
  assertEquals(framers.push(0, [counting(10, 502)]), counting(512));
  assertEquals(framers.push(4_095, [counting(12, 500)]), counting(512));
});
