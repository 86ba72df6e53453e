import { assertEquals } from "@std/assert";
import fc from "../support/fast_check.ts";
import { VAD_FRAME_SAMPLES, VadFramer } from "../../lib/vad/mod.ts";
import { chunkOf } from "../support/chunks.ts";
import { test } from "../support/test.ts";

test("frames are complete with every 512th sample, in order, and name the chunks that they came in", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 48 }), { maxLength: 40 }), (pieces) => {
    const framer = new VadFramer();
    const chunkOfSample: number[] = [];
    let frameCount = 0;
    for (const [seq, piece] of pieces.entries()) {
      const durationMs = 2.5 * piece; // as short as Opus has it, up to 120 ms
      for (let index = 0; index < durationMs * 16; index++) chunkOfSample.push(seq);
      for (const frame of framer.push({ seq, durationMs, receivedMs: 100 * seq })) {
        const start = frameCount++ * VAD_FRAME_SAMPLES;
        const throughSeq = chunkOfSample[start + VAD_FRAME_SAMPLES - 1] ?? NaN;
        assertEquals(frame, {
          fromSeq: chunkOfSample[start] ?? NaN,
          throughSeq,
          receivedMs: 100 * throughSeq,
        });
      }
      assertEquals(frameCount, Math.floor(chunkOfSample.length / VAD_FRAME_SAMPLES));
    }
  }));
});

test("after a reset the rest of the chunk before it is forgotten", () => {
  const framer = new VadFramer();
  assertEquals(framer.push(chunkOf(0, 1, 30)), []);
  framer.reset();
  const frames = framer.push(chunkOf(7, 2, 32));
  assertEquals(frames, [{ fromSeq: 7, throughSeq: 7, receivedMs: 7 * 32 }]);
});

test("a chunk counts by how long it sounds, decoded or not", () => {
  const { pcm: _pcm, ...undecoded } = chunkOf(0, 0, 60);
  assertEquals(new VadFramer().push(undecoded), new VadFramer().push(chunkOf(0, 0, 60)));
});
