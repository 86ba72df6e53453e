import { gunzipSync, gzipSync } from "node:zlib";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeDoubaoFrame, encodeDoubaoFrame, FRAME_TYPE } from "../../../lib/asr/providers/doubao_frame.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const SERVICE = { family: "asr", name: "doubao" } as const;
const hex = (text: string) => Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (byte) => parseInt(byte, 16));
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("frames to the service have the headers of the documentation, then the size and what was packed", () => {
  const payload = Uint8Array.of(1, 2, 3);
  const { request, audio } = FRAME_TYPE;
  for (
    const [frame, head] of [
      [encodeDoubaoFrame(request, { payload, gzip: true }), "11101100"],
      [encodeDoubaoFrame(audio, { payload, gzip: true }), "11200100"],
      [encodeDoubaoFrame(audio, { payload, gzip: true, last: true }), "11220100"],
    ] as const
  ) {
    assertEquals(frame.subarray(0, 4), hex(head));
    assertEquals(new DataView(frame.buffer).getUint32(4), frame.length - 8);
    assertEquals(new Uint8Array(gunzipSync(frame.subarray(8))), payload);
  }
  assertEquals(encodeDoubaoFrame(request, { payload, gzip: false }), hex("11101000 00000003 010203"));
  assertEquals(encodeDoubaoFrame(audio, { payload, gzip: false }), hex("11200000 00000003 010203"));
  assertEquals(
    encodeDoubaoFrame(audio, { payload, gzip: false, last: true }),
    hex("11220000 00000003 010203"),
  );
  assertEquals(
    encodeDoubaoFrame(audio, { payload: new Uint8Array(0), gzip: false, last: true }),
    hex("11220000 00000000"),
  );
});

test("the captured error frame is read, though its header names JSON and it is not packed", () => {
  const words = '{"error":"[Timeout waiting next packet] '.padEnd(0x99 - 2, ".") + '"}';
  const frame = Uint8Array.of(...hex("11f01000 02aea591 00000099"), ...new TextEncoder().encode(words));
  const { type, last, code, payload } = decodeDoubaoFrame(SERVICE, frame);
  assertEquals([type, last, code, text(payload)], [FRAME_TYPE.error, true, 45000081, words]);
});

test("an acknowledgement without text, and a frame without a payload's bytes, is read or refused", () => {
  const ack = decodeDoubaoFrame(SERVICE, hex("11b10000 00000001 00000000"));
  assertEquals([ack.type, ack.last, ack.payload.length], [FRAME_TYPE.ack, false, 0]);
  for (const cut of ["11911000", "11911000 00000001", "11911000 00000001 00000002 00", "11f01000 02aea591"]) {
    const error = assertThrows(() => decodeDoubaoFrame(SERVICE, hex(cut)), EarshotError);
    assertEquals(error.code, "asr.protocol", cut);
  }
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
      const read = decodeDoubaoFrame(SERVICE, frame);
      assertEquals([read.type, read.last, text(read.payload)], [9, last, text(json)]);
    }
  }
});

test("whatever bytes come, they are a frame or an error of ours", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    bytes[0] = 0x11;
    try {
      decodeDoubaoFrame(SERVICE, bytes);
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
  assertEquals(assertThrows(() => decodeDoubaoFrame(SERVICE, frame), EarshotError).code, "asr.protocol");
});
