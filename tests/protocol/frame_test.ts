import { assertEquals, assertThrows } from "@std/assert";
import fc from "../support/fast_check.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { decodeFrame, encodeFrame, type FrameVersion } from "../../lib/protocol/mod.ts";
import { test } from "../support/test.ts";

const PAYLOAD = Uint8Array.of(0xf8, 0xff, 0xfe);

// deno-fmt-ignore
const GOLDEN: [FrameVersion, number[]][] = [
  [1, [0xf8, 0xff, 0xfe]],
  [2, [0, 2, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 3, 0xf8, 0xff, 0xfe]],
  [3, [0, 0, 0, 3, 0xf8, 0xff, 0xfe]],
  ["gateway", [0, 2, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 3, 0xf8, 0xff, 0xfe]],
];

const versions = fc.constantFrom<FrameVersion>(1, 2, 3, "gateway");

function assertInvalid(version: FrameVersion, bytes: number[]): void {
  const error = assertThrows(() => decodeFrame(version, Uint8Array.from(bytes)), EarshotError);
  assertEquals(error.code, "protocol.invalid_frame");
}

test("frames have the layout that firmware reads", () => {
  for (const [version, bytes] of GOLDEN) {
    const encoded = encodeFrame(version, PAYLOAD, { timestampMs: 0x12345678 });
    assertEquals([...encoded], bytes, `version ${version}`);
    const decoded = decodeFrame(version, Uint8Array.from(bytes));
    assertEquals([...decoded.payload], [...PAYLOAD]);
    assertEquals(decoded.type, "opus");
    assertEquals(decoded.timestampMs, version === 2 || version === "gateway" ? 0x12345678 : undefined);
  }
});

test("the payload is a view, also into a buffer that starts elsewhere", () => {
  const bytes = Uint8Array.of(9, 9, 0, 0, 0, 1, 7, 9).subarray(2, 7);
  const { payload } = decodeFrame(3, bytes);
  assertEquals([...payload], [7]);
  assertEquals(payload.buffer, bytes.buffer);
});

test("a gateway's first eight bytes are its own business", () => {
  const bytes = Uint8Array.from([1, 0, 0, 1, 0, 0, 0, 77, 0, 0, 0, 5, 0, 0, 0, 1, 42]);
  assertEquals(decodeFrame("gateway", bytes), { type: "opus", payload: Uint8Array.of(42), timestampMs: 5 });
  assertInvalid(2, [...bytes]);
});

test("JSON is a type of version 2 only", () => {
  const encoded = encodeFrame(2, PAYLOAD);
  new DataView(encoded.buffer).setUint16(2, 1);
  assertEquals(decodeFrame(2, encoded).type, "json");
});

test("a frame that lies is refused", () => {
  assertInvalid(1, []);
  assertInvalid(2, [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  assertInvalid(2, [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 7]);
  assertInvalid(2, [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7, 7]);
  assertInvalid(2, [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 7]);
  assertInvalid(2, [0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7]);
  assertInvalid(2, [0, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7]);
  assertInvalid(3, [0, 0, 0]);
  assertInvalid(3, [0, 0, 0, 0]);
  assertInvalid(3, [0, 0, 0, 2, 7]);
  assertInvalid(3, [1, 0, 0, 1, 7]);
  assertInvalid("gateway", [1, 0, 0, 1, 0, 0, 0, 77, 0, 0, 0, 5, 0, 0, 0, 9, 42]);
});

test("what cannot be framed is refused", () => {
  assertThrows(() => encodeFrame(1, new Uint8Array()), EarshotError);
  assertThrows(() => encodeFrame(3, new Uint8Array(65_536)), EarshotError);
  assertEquals(decodeFrame(3, encodeFrame(3, new Uint8Array(65_535))).payload.length, 65_535);
});

test("every payload comes back, with its time modulo 2^32", () => {
  const times = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  fc.assert(fc.property(versions, fc.uint8Array({ minLength: 1 }), times, (version, payload, timestampMs) => {
    const decoded = decodeFrame(version, encodeFrame(version, Uint8Array.from(payload), { timestampMs }));
    assertEquals([...decoded.payload], [...payload]);
    if (decoded.timestampMs !== undefined) assertEquals(decoded.timestampMs, timestampMs % 2 ** 32);
  }));
});

test("arbitrary bytes decode or are refused, and nothing else", () => {
  fc.assert(fc.property(versions, fc.uint8Array({ maxLength: 40 }), (version, bytes) => {
    try {
      const { payload } = decodeFrame(version, bytes);
      assertEquals(payload.length > 0 && payload.length <= bytes.length, true);
    } catch (thrown) {
      if (!(thrown instanceof EarshotError)) throw thrown;
    }
  }));
});
