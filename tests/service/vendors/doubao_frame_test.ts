import { gunzipSync, gzipSync } from "node:zlib";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import {
  decodeDoubaoFrame,
  DOUBAO_FRAME,
  encodeDoubaoEvent,
  encodeDoubaoFrame,
} from "../../../lib/service/mod.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const SERVICE = { family: "asr", name: "doubao" } as const;
const hex = (text: string) => Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (byte) => parseInt(byte, 16));
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("frames to the service have the headers of the documentation, then the size and what was packed", () => {
  const payload = Uint8Array.of(1, 2, 3);
  const { request, audio } = DOUBAO_FRAME;
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
  assertEquals([type, last, code, text(payload)], [DOUBAO_FRAME.error, true, 45000081, words]);
});

test("an acknowledgement without text, and a frame without a payload's bytes, is read or refused", () => {
  const ack = decodeDoubaoFrame(SERVICE, hex("11b10000 00000001 00000000"));
  assertEquals([ack.type, ack.last, ack.payload.length], [DOUBAO_FRAME.sound, false, 0]);
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
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(255), (bytes, second) => {
    bytes[0] = 0x11;
    if (bytes.length > 1) bytes[1] = second;
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

/** An event as the service sends it: a header, its number, what it belongs to, and a payload. */
function eventFrame(
  event: number,
  { head = "11941000", strings }: { readonly head?: string; readonly strings: readonly Uint8Array[] },
): Uint8Array {
  const parts = [hex(head), numberOf(event), ...strings.flatMap((bytes) => [numberOf(bytes.length), bytes])];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function numberOf(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

const ID = new TextEncoder().encode("s1");
const JSON_BYTES = new TextEncoder().encode("{}");

test("events to the service are as the documentation composes them, byte by byte", () => {
  assertEquals(encodeDoubaoEvent(1), hex("11141000 00000001 00000002 7b7d"));
  assertEquals(encodeDoubaoEvent(2), hex("11141000 00000002 00000002 7b7d"));
  for (const [event, number] of [[100, "64"], [101, "65"], [102, "66"], [200, "c8"]] as const) {
    assertEquals(
      encodeDoubaoEvent(event, { session: "s1" }),
      hex(`11141000 000000${number} 00000002 7331 00000002 7b7d`),
    );
  }
  const task = encodeDoubaoEvent(200, { session: "s1", value: { text: "你" } });
  assertEquals(text(task.subarray(18)), '{"text":"你"}');
  assertEquals(new DataView(task.buffer).getUint32(14), new TextEncoder().encode('{"text":"你"}').length);
});

test("events of the service are read with what they belong to, sound is not JSON, an error has a code", () => {
  const { result, sound, error } = DOUBAO_FRAME;
  const connected = decodeDoubaoFrame(SERVICE, hex("11941000 00000032 00000002 6331 00000002 7b7d"));
  assertEquals([connected.type, connected.event, text(connected.payload)], [result, 50, "{}"]);
  const started = decodeDoubaoFrame(SERVICE, hex("11941000 00000096 00000002 7331 00000002 7b7d"));
  assertEquals([started.type, started.event, text(started.payload)], [result, 150, "{}"]);
  const spoken = decodeDoubaoFrame(SERVICE, hex("11b40000 00000160 00000002 7331 00000004 0100ffff"));
  assertEquals([spoken.type, spoken.event, [...spoken.payload]], [sound, 352, [1, 0, 255, 255]]);
  const named = decodeDoubaoFrame(SERVICE, hex("11b41000 00000160 00000002 7331 00000004 0100ffff"));
  assertEquals([...named.payload], [1, 0, 255, 255]);
  const words = [...new TextEncoder().encode('{"error":"x"}')];
  const failed = decodeDoubaoFrame(SERVICE, Uint8Array.of(...hex("11f01000 02aea540 0000000d"), ...words));
  assertEquals([failed.type, failed.code, text(failed.payload)], [error, 45000000, '{"error":"x"}']);
});

test("what an event belongs to may be left out, but not of sound", () => {
  const payloadOf = (frame: Uint8Array) => text(decodeDoubaoFrame(SERVICE, frame).payload);
  assertEquals(payloadOf(eventFrame(51, { strings: [JSON_BYTES] })), "{}");
  assertEquals(payloadOf(eventFrame(51, { strings: [ID, JSON_BYTES] })), "{}");
  assertEquals(payloadOf(eventFrame(51, { strings: [new Uint8Array(), JSON_BYTES] })), "{}");
  const bare = eventFrame(352, { head: "11b40000", strings: [JSON_BYTES] });
  assertEquals(assertThrows(() => decodeDoubaoFrame(SERVICE, bare), EarshotError).code, "asr.protocol");
});

test("sound and events are unpacked by their header, and a frame that is cut anywhere is no frame", () => {
  const packed = new Uint8Array(gzipSync(JSON_BYTES));
  const frames = [
    eventFrame(352, { head: "11b40100", strings: [ID, packed] }),
    eventFrame(153, { head: "11941100", strings: [ID, packed] }),
  ];
  for (const frame of frames) {
    assertEquals(text(decodeDoubaoFrame(SERVICE, frame).payload), "{}");
    for (let end = 0; end < frame.length; end++) {
      // An event may well end behind its first string.
      if (frame[1] === 0x94 && end === 8 + 4 + ID.length) continue;
      const { code } = assertThrows(() => decodeDoubaoFrame(SERVICE, frame.subarray(0, end)), EarshotError);
      assertEquals(code, "asr.protocol", `cut at ${end}`);
    }
  }
});

test("an error that is packed is read, also where its header does not say so; one that is broken has its code", () => {
  const words = '{"error":"no"}';
  const packed = new Uint8Array(gzipSync(new TextEncoder().encode(words)));
  for (const head of ["11f01100", "11f01000", "11f00100"]) {
    const frame = Uint8Array.of(...hex(`${head} 02aea540`), ...numberOf(packed.length), ...packed);
    const { code, payload } = decodeDoubaoFrame(SERVICE, frame);
    assertEquals([code, text(payload)], [45000000, words]);
    frame.fill(0, 16);
    const broken = decodeDoubaoFrame(SERVICE, frame);
    assertEquals([broken.code, broken.payload.length], [45000000, 0]);
  }
});

test("a view into something larger is read as it is", () => {
  const frame = hex("11b40000 00000160 00000002 7331 00000004 0100ffff");
  const larger = new Uint8Array(frame.length + 20).fill(7);
  larger.set(frame, 10);
  const { payload } = decodeDoubaoFrame(SERVICE, larger.subarray(10, 10 + frame.length));
  assertEquals([...payload], [1, 0, 255, 255]);
});

test("whatever events are sent, they are read as they were written", () => {
  const id = fc.string({ maxLength: 40 });
  fc.assert(fc.property(fc.integer({ min: 50, max: 1_000 }), id, fc.json(), (event, session, json) => {
    const value = { json };
    const read = decodeDoubaoFrame(SERVICE, encodeDoubaoEvent(event, { session, value }));
    assertEquals([read.event, JSON.parse(text(read.payload))], [event, value]);
  }));
});
