import { assert, assertEquals, assertThrows } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { encodeWyomingEvent, type WyomingEvent, WyomingReader } from "../../../lib/service/mod.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** What a reader tells of pieces, up to an error's code. */
function readAll(pieces: readonly Uint8Array[]): readonly (WyomingEvent | string)[] {
  const told: (WyomingEvent | string)[] = [];
  const reader = new WyomingReader({ family: "asr", name: "wyoming" });
  try {
    for (const piece of pieces) reader.push(piece, (event) => told.push(event));
  } catch (thrown) {
    assert(thrown instanceof EarshotError, String(thrown));
    told.push(thrown.code);
  }
  return told;
}

function splitAt(whole: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const cuts = [0, ...places.map((place) => place % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return cuts.slice(1).map((cut, index) => whole.subarray(cuts[index], cut));
}

const event = fc.record({
  type: fc.string(),
  data: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()), { maxKeys: 4 }),
  payload: fc.uint8Array({ maxLength: 200 }),
});

test("an event is a line with the lengths, then its data, then its payload", () => {
  const data = { rate: 16_000, width: 2, channels: 1 };
  assertEquals(
    encodeWyomingEvent("audio-chunk", { data, payload: Uint8Array.of(1, 2) }),
    Uint8Array.of(
      ...bytes('{"type":"audio-chunk","version":"1.7.0","data_length":37,"payload_length":2}\n'),
      ...bytes('{"rate":16000,"width":2,"channels":1}'),
      1,
      2,
    ),
  );
  assertEquals(
    encodeWyomingEvent("audio-stop"),
    bytes('{"type":"audio-stop","version":"1.7.0","data_length":2}\n{}'),
  );
});

test("data in the line and after it are merged, and what comes after wins; either may be missing", () => {
  const told = readAll([
    bytes(
      '{"type":"a","data":{"x":1,"y":1},"data_length":7}\n{"y":2}' +
        '{"type":"b","data":{"x":1}}\n{"type":"c","data":null,"data_length":null,"payload_length":0}\n' +
        '{"type":"d","payload_length":3}\n{}\n',
    ),
  ]);
  const none = new Uint8Array(0);
  assertEquals(told, [
    { type: "a", data: { x: 1, y: 2 }, payload: none },
    { type: "b", data: { x: 1 }, payload: none },
    { type: "c", data: {}, payload: none },
    { type: "d", data: {}, payload: bytes("{}\n") },
  ]);
});

test("whatever the pieces, what was encoded comes out, event by event", () => {
  fc.assert(fc.property(fc.array(event, { maxLength: 5 }), fc.array(fc.nat()), (events, places) => {
    const whole = Uint8Array.from(events.flatMap(({ type, ...rest }) => [...encodeWyomingEvent(type, rest)]));
    // A dictionary of fast-check may have no prototype, and what is read has one.
    const expected = events.map(({ data, ...rest }) => ({ ...rest, data: { ...data } }));
    assertEquals(readAll(splitAt(whole, places)), expected);
  }));
});

test("whatever the bytes, their pieces tell the same as the whole, down to the error", () => {
  const line = fc.oneof(
    fc.record({ type: fc.string(), data_length: fc.integer({ min: -1, max: 12 }) }, { requiredKeys: [] })
      .map((head) => bytes(`${JSON.stringify(head)}\n`)),
    event.map(({ type, ...rest }) => encodeWyomingEvent(type, rest)),
    fc.uint8Array({ maxLength: 20 }),
  );
  fc.assert(fc.property(fc.array(line, { maxLength: 6 }), fc.array(fc.nat()), (lines, places) => {
    const whole = Uint8Array.from(lines.flatMap((part) => [...part]));
    assertEquals(readAll(splitAt(whole, places)), readAll([whole]));
  }));
});

test("a byte at a time is the same, and memory that is used again harms nothing", () => {
  const whole = encodeWyomingEvent("x", { data: { text: "早上好" }, payload: Uint8Array.of(1, 2, 3) });
  const told: WyomingEvent[] = [];
  const reader = new WyomingReader({ family: "asr", name: "wyoming" });
  const memory = new Uint8Array(1);
  for (const byte of whole) {
    memory[0] = byte;
    reader.push(memory, (event) => told.push(event));
  }
  assertEquals(told, [{ type: "x", data: { text: "早上好" }, payload: Uint8Array.of(1, 2, 3) }]);
});

test("a line, data and a payload at their bounds are read, and past them refused before they came", () => {
  const line = (length: number) => {
    const frame = '{"type":"x","pad":""}';
    return bytes(`${frame.slice(0, -2)}${"a".repeat(length - frame.length)}"}\n`);
  };
  assertEquals(readAll([line(65_536)]).length, 1);
  assertEquals(readAll([line(65_537)]), ["asr.protocol"]);
  assertEquals(readAll([new Uint8Array(65_537).fill(0x20)]), ["asr.protocol"], "no need to wait for its end");
  const data = bytes(`{"a":"${"b".repeat(1_048_576 - 8)}"}`);
  assertEquals(readAll([bytes(`{"type":"x","data_length":${data.length}}\n`), data]).length, 1);
  assertEquals(
    readAll([bytes('{"type":"x","payload_length":1048576}\n'), new Uint8Array(1_048_576)]).length,
    1,
  );
  for (const key of ["data_length", "payload_length"]) {
    assertEquals(readAll([bytes(`{"type":"x","${key}":1048577}\n`)]), ["asr.protocol"]);
    assertEquals(readAll([bytes(`{"type":"x","${key}":-1}\n`)]), ["asr.protocol"]);
    assertEquals(readAll([bytes(`{"type":"x","${key}":1.5}\n`)]), ["asr.protocol"]);
  }
});

test("what is no event is refused without being repeated", () => {
  for (const wrong of ["secret\n", "\n", "[]\n", "{}\n", '{"type":1}\n', '{"type":"x","data":[]}\n']) {
    const error = assertThrows(
      () => new WyomingReader({ family: "asr", name: "wyoming" }).push(bytes(wrong), () => {}),
      EarshotError,
    );
    assertEquals([error.code, error.message.includes("secret")], ["asr.protocol", false], wrong);
  }
  assertEquals(readAll([bytes('{"type":"x","data_length":2}\n[]')]), ["asr.protocol"]);
});
