import { assertEquals, assertThrows } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { configFrame, readEdgeMessage, ssmlFrame } from "../../../lib/tts/providers/edge_frames.ts";
import { audioFrame } from "../../support/emulators/edge.ts";
import { test } from "../../support/test.ts";
import { TONE_MP3 } from "../../support/tone_mp3.ts";

const SERVICE = { family: "tts", name: "edge" } as const;
const ID = "0123456789abcdef0123456789abcdef";
const NEW_YEAR = new Date("2026-01-01T00:00:00Z");
const bytesOf = (text: string) => new TextEncoder().encode(text);

function frameOf(headers: string, { audio = "", headBytes = headers.length } = {}): Uint8Array {
  return Uint8Array.of(headBytes >> 8, headBytes & 0xff, ...bytesOf(headers + audio));
}

test("what is sent is what Edge sends, byte by byte", () => {
  assertEquals(
    configFrame(NEW_YEAR),
    "X-Timestamp:Thu Jan 01 2026 00:00:00 GMT+0000 (Coordinated Universal Time)\r\n" +
      "Content-Type:application/json; charset=utf-8\r\nPath:speech.config\r\n\r\n" +
      '{"context":{"synthesis":{"audio":{"metadataoptions":{"sentenceBoundaryEnabled":"true",' +
      '"wordBoundaryEnabled":"false"},"outputFormat":"audio-24khz-48kbitrate-mono-mp3"}}}}',
  );
  assertEquals(
    ssmlFrame("<speak/>", { requestId: ID, now: NEW_YEAR }),
    `X-RequestId:${ID}\r\nContent-Type:application/ssml+xml\r\n` +
      "X-Timestamp:Thu Jan 01 2026 00:00:00 GMT+0000 (Coordinated Universal Time)Z\r\nPath:ssml\r\n\r\n<speak/>",
  );
});

test("a frame of sound is a length, headers and MP3; the last one has no sound", () => {
  const frame = audioFrame(ID, TONE_MP3);
  assertEquals([...frame.subarray(0, 5)], [0x00, 0x80, 0x58, 0x2d, 0x52]);
  assertEquals([...frame.subarray(128, 130)], [0x0d, 0x0a]);
  assertEquals(readEdgeMessage(SERVICE, frame), { type: "audio", bytes: TONE_MP3 });
  // A view into something larger, as a socket gives it.
  const larger = new Uint8Array(frame.length + 20);
  larger.set(frame, 10);
  assertEquals(readEdgeMessage(SERVICE, larger.subarray(10, 10 + frame.length)), {
    type: "audio",
    bytes: TONE_MP3,
  });
  const last = audioFrame(ID);
  assertEquals([...last.subarray(0, 2)], [0x00, 0x67]);
  assertEquals(readEdgeMessage(SERVICE, last), { type: "other" });
});

test("of texts only the end of the turn counts, whatever else they say", () => {
  const outcome = (message: string) => readEdgeMessage(SERVICE, message).type;
  assertEquals(outcome(`X-RequestId:${ID}\r\nPath:turn.end\r\n\r\n{}`), "end");
  assertEquals(outcome("path: turn.end\r\n\r\n"), "end");
  assertEquals(outcome("Path:turn.start\r\n\r\nPath:turn.end\r\n\r\n"), "other");
  assertEquals(outcome('Path:audio.metadata\r\n\r\n{"Metadata":[]}'), "other");
  assertEquals(outcome(""), "other");
});

test("frames that are none are told", () => {
  const audio = "Path:audio\r\n";
  const broken = [
    new Uint8Array(0),
    Uint8Array.of(0),
    frameOf(audio, { headBytes: 13 }),
    frameOf(audio, { headBytes: 0xffff }),
    frameOf(audio, { audio: "x" }),
    frameOf(`Content-Type:text/plain\r\n${audio}`, { audio: "x" }),
  ];
  for (const frame of broken) {
    const { code } = assertThrows(() => readEdgeMessage(SERVICE, frame), EarshotError);
    assertEquals(code, "tts.protocol");
  }
  assertEquals(readEdgeMessage(SERVICE, frameOf("", { audio: "x" })).type, "other");
  assertEquals(readEdgeMessage(SERVICE, frameOf("Path:other\r\n", { audio: "x" })).type, "other");
});
