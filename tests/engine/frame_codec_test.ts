import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "../support/fast_check.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import {
  encodeFrame,
  type Frame,
  FrameDecoder,
  MAX_FRAME_BYTES,
  readFrames,
} from "../../lib/engine/frame_codec.ts";
import { test } from "../support/test.ts";

const header = fc.record({ type: fc.string(), id: fc.nat() }, { noNullPrototype: true });
const body = fc.uint8Array({ maxLength: 300 });

/** Cuts bytes at the given places, as a pipe might. */
function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

test("frames come out as they went in, however the pipe cuts them", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(header, body), { maxLength: 6 }), fc.array(fc.nat()), (messages, cuts) => {
      const bytes = messages.flatMap(([head, tail]) => [...encodeFrame(head, tail)]);
      const frames = new FrameDecoder();
      const read = cutAt(new Uint8Array(bytes), cuts).flatMap((part) => frames.push(part));
      frames.end();
      assertEquals(
        read.map(({ header, body }) => [header, [...body]]),
        messages.map(([h, b]) => [h, [...b]]),
      );
    }),
  );
});

test("whatever bytes come, they are frames or one clear error", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.tuple(header, body, fc.nat(), fc.nat({ max: 255 })).map(([head, tail, at, value]) => {
      const frame = encodeFrame(head, tail);
      frame[at % frame.length] = value;
      return frame;
    }),
  );
  fc.assert(fc.property(bytes, fc.array(fc.nat(), { maxLength: 3 }), (bytes, cuts) => {
    const frames = new FrameDecoder();
    const read: Frame[] = [];
    try {
      for (const part of cutAt(bytes, cuts)) read.push(...frames.push(part));
      frames.end();
    } catch (error) {
      if (!(error instanceof EarshotError)) throw error;
      assertEquals(error.code, "internal");
    }
    for (const frame of read) assertEquals(typeof frame.header, "object");
  }));
});

test("a frame that announces too much is refused before anything is kept for it", () => {
  for (
    const [total, head] of [[MAX_FRAME_BYTES, 2], [0xffff_ffff, 2], [100, 97], [100, 0xffff_ffff], [4, 0], [
      0,
      0,
    ]]
  ) {
    const prefix = new Uint8Array(8);
    new DataView(prefix.buffer).setUint32(0, total ?? 0, true);
    new DataView(prefix.buffer).setUint32(4, head ?? 0, true);
    assertThrows(() => new FrameDecoder().push(prefix), EarshotError, "Cannot read a frame");
  }
});

test("a frame that is too large is not sent", () => {
  assertThrows(() => encodeFrame({}, new Uint8Array(MAX_FRAME_BYTES)), EarshotError, "too large");
});

test("a header that is no JSON object is refused", () => {
  for (const text of ["nonsense", "7", "null", '"text"']) {
    const bytes = encodeFrame(0);
    const bad = new Uint8Array([...bytes.subarray(0, 8), ...new TextEncoder().encode(text)]);
    new DataView(bad.buffer).setUint32(0, 4 + text.length, true);
    new DataView(bad.buffer).setUint32(4, text.length, true);
    assertThrows(() => new FrameDecoder().push(bad), EarshotError, "no");
  }
});

test("a pipe that ends inside a frame is an error", async () => {
  const pipe = ReadableStream.from([encodeFrame({ type: "ready" }).subarray(0, 10)]);
  await assertRejects(() => Array.fromAsync(readFrames(pipe)), EarshotError, "ended inside a frame");
});
