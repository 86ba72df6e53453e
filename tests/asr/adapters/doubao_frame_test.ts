import { gzipSync } from "node:zlib";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeDoubaoFrame, encodeDoubaoFrame, FRAME_TYPE } from "../../../lib/asr/adapters/doubao_frame.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const hex = (text: string) => Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (byte) => parseInt(byte, 16));
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("frames to the service have the headers of the documentation", () => {
  const payload = Uint8Array.of(1, 2, 3);
  const head = (frame: Uint8Array) => [...frame.subarray(0, 4)];
  assertEquals(head(encodeDoubaoFrame(FRAME_TYPE.request, { payload, gzip: true })), [0x11, 0x10, 0x11, 0]);
  assertEquals(head(encodeDoubaoFrame(FRAME_TYPE.audio, { payload, gzip: true })), [0x11, 0x20, 0x01, 0]);
  assertEquals(
    [...encodeDoubaoFrame(FRAME_TYPE.audio, { payload, gzip: false, last: true })],
    [0x11, 0x22, 0, 0, 0, 0, 0, 3, 1, 2, 3],
  );
});

test("the captured error frame is read, though its header names JSON and it is not packed", () => {
  const words = '{"error":"[Timeout waiting next packet] ';
  const frame = new Uint8Array(12 + 0x99);
  frame.set(hex("11f01000 02aea591 00000099"));
  frame.fill(0x20, 12);
  frame.set(new TextEncoder().encode(words), 12);
  const { type, code, payload } = decodeDoubaoFrame(frame);
  assertEquals([type, code, payload.length], [FRAME_TYPE.error, 0x02aea591, 0x99]);
  assert(text(payload).startsWith(words));
  assertEquals(code, 45000081);
});

test("packed and plain results, with and without a sequence of either sign", () => {
  const json = new TextEncoder().encode('{"result":{"text":"你好"}}');
  for (const packed of [true, false]) {
    for (
      const [flags, fields, last] of [
        [0, "", false],
        [1, "00000002", false],
        [2, "", true],
        [
          3,
          "fffffffe",
          true,
        ],
        [3, "00000002", true],
        [5, "0000000200000001", false],
      ] as const
    ) {
      const payload = packed ? new Uint8Array(gzipSync(json)) : json;
      const size = new Uint8Array(4);
      new DataView(size.buffer).setUint32(0, payload.length);
      const frame = Uint8Array.of(
        0x11,
        0x90 | flags,
        packed ? 0x11 : 0x10,
        0,
        ...hex(fields),
        ...size,
        ...payload,
      );
      const read = decodeDoubaoFrame(frame);
      assertEquals([read.type, read.last, text(read.payload)], [9, last, text(json)]);
    }
  }
});

test("whatever bytes come, they are a frame or an error of ours", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    bytes[0] = 0x11;
    try {
      decodeDoubaoFrame(bytes);
    } catch (thrown) {
      assert(thrown instanceof EarshotError && thrown.code === "asr.protocol", String(thrown));
    }
  }));
});

test("a small payload that unpacks to a huge one is refused", () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(20_000_000)));
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, bomb.length);
  const frame = Uint8Array.of(0x11, 0x90, 0x11, 0, ...size, ...bomb);
  assertEquals(assertThrows(() => decodeDoubaoFrame(frame), EarshotError).code, "asr.protocol");
});
