import { assertEquals } from "@std/assert";
import fc from "../support/fast_check.ts";
import { VAD_FRAME_SAMPLES, VadFramer } from "../../lib/vad/mod.ts";
import { chunkWith } from "../support/chunks.ts";
import { test } from "../support/test.ts";

test("frames hold every sample once, in order, and name the chunks that it came in", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 20 }), (lengths) => {
    const framer = new VadFramer();
    const chunkOfSample: number[] = [];
    let frameCount = 0;
    for (const [seq, length] of lengths.entries()) {
      const pcm = Int16Array.from({ length }, (_, index) => (chunkOfSample.length + index) % 30_000);
      for (let index = 0; index < length; index++) chunkOfSample.push(seq);
      for (const frame of framer.push(chunkWith(seq, pcm))) {
        const start = frameCount++ * VAD_FRAME_SAMPLES;
        assertEquals([...frame.pcm], Array.from(frame.pcm, (_, index) => (start + index) % 30_000));
        assertEquals(frame.fromSeq, chunkOfSample[start]);
        assertEquals(frame.throughSeq, chunkOfSample[start + VAD_FRAME_SAMPLES - 1]);
      }
    }
    assertEquals(frameCount, Math.floor(chunkOfSample.length / VAD_FRAME_SAMPLES));
  }));
});

test("after a reset the rest of the chunk before it is forgotten", () => {
  const framer = new VadFramer();
  framer.push(chunkWith(0, new Int16Array(500).fill(1)));
  framer.reset();
  const [frame] = framer.push(chunkWith(7, new Int16Array(512).fill(2)));
  assertEquals(frame, { pcm: new Int16Array(512).fill(2), fromSeq: 7, throughSeq: 7, receivedMs: 7 * 32 });
});

test("a chunk without decoded sound gives no frame", () => {
  const { pcm: _pcm, ...undecoded } = chunkWith(0, new Int16Array(960));
  assertEquals(new VadFramer().push(undecoded), []);
});
