import { assertEquals, assertThrows } from "@std/assert";
import fc from "../support/fast_check.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { type DeviceMessage, encodeDeviceMessage, parseDeviceMessage } from "../../lib/protocol/mod.ts";
import { test } from "../support/test.ts";

const UPLINK = { format: "opus", sampleRateHz: 16_000, channels: 1, frameDurationMs: 60 } as const;

function parse(message: unknown): unknown {
  return parseDeviceMessage(JSON.stringify(message));
}

function assertInvalid(text: string): void {
  const error = assertThrows(() => parseDeviceMessage(text), EarshotError);
  assertEquals(error.code, "protocol.invalid_message");
}

test("the hello of firmware is read", () => {
  const text = `{"type":"hello","version":3,"features":{"mcp":true,"aec":true},"transport":"websocket",` +
    `"audio_params":{"format":"opus","sample_rate":16000,"channels":1,"frame_duration":20}}`;
  assertEquals(parseDeviceMessage(text), {
    type: "hello",
    version: 3,
    features: { mcp: true, aec: true },
    audio: { ...UPLINK, frameDurationMs: 20 },
  });
});

test("the hellos of other clients are read, with what firmware would have said", () => {
  const plain = { type: "hello", version: 1, features: { mcp: false, aec: false }, audio: UPLINK };
  assertEquals(parse({ type: "hello" }), plain);
  assertEquals(parse({ type: "hello", features: null, audio_params: null, version: "1" }), plain);
  assertEquals(parse({ type: "hello", audio_params: [] }), plain);
  assertEquals(parse({ type: "hello", features: { mcp: "yes" }, audio_params: { sample_rate: "x" } }), plain);
  assertEquals(parse({ type: "hello", audio_params: { sample_rate: 44100, frame_duration: 61 } }), plain);
  assertEquals(parse({ type: "hello", audioParams: { sampleRate: 48000, frameDuration: 20 } }), {
    ...plain,
    audio: { ...UPLINK, sampleRateHz: 48_000, frameDurationMs: 20 },
  });
});

test("a hello with another codec is refused, since its sound could not be heard", () => {
  const text = `{"type":"hello","audio_params":{"format":"pcm"}}`;
  const error = assertThrows(() => parseDeviceMessage(text), EarshotError);
  assertEquals(error.code, "protocol.unsupported_audio");
});

test("each listen state is read", () => {
  for (const mode of ["auto", "manual", "realtime"]) {
    assertEquals(parse({ type: "listen", state: "start", mode }), {
      type: "listen",
      state: "start",
      mode,
    });
  }
  const auto = { type: "listen", state: "start", mode: "auto" };
  assertEquals(parse({ type: "listen", state: "start" }), auto);
  assertEquals(parse({ type: "listen", state: "start", mode: "shout" }), auto);
  assertEquals(parse({ session_id: "", type: "listen", state: "stop" }), { type: "listen", state: "stop" });
  assertEquals(parse({ type: "listen", state: "detect", text: "hi" }), {
    type: "listen",
    state: "detect",
    text: "hi",
  });
  assertEquals(parse({ type: "listen", state: "detect" }), { type: "listen", state: "detect", text: "" });
  assertInvalid(`{"type":"listen"}`);
  assertInvalid(`{"type":"listen","state":"pause"}`);
});

test("the other messages are read", () => {
  assertEquals(parse({ type: "abort" }), { type: "abort" });
  assertEquals(parse({ type: "abort", reason: 5 }), { type: "abort" });
  const abort = { type: "abort", reason: "wake_word_detected" };
  assertEquals(parse(abort), abort);
  assertEquals(parse({ type: "mcp", payload: { id: 1 } }), { type: "mcp", payload: { id: 1 } });
  for (const type of ["goodbye", "iot", "ping"]) assertEquals(parse({ type, x: 1 }), { type });
  assertInvalid(`{"type":"mcp"}`);
  assertInvalid(`{"type":"mcp","payload":"{}"}`);
});

test("an unknown type is tolerated, with a bounded name", () => {
  assertEquals(parse({ type: "toString" }), { type: "unknown", name: "toString" });
  assertEquals(parse({ type: "x".repeat(1_000) }), { type: "unknown", name: "x".repeat(64) });
});

test("what is not a message is refused, without quoting it", () => {
  for (const text of ["", "null", "[]", "7", "{}", `{"type":7}`, `{"type":"listen"`]) assertInvalid(text);
  const error = assertThrows(() => parseDeviceMessage("my secret words"), EarshotError);
  assertEquals(error.message.includes("secret") || error.cause !== undefined, false);
});

test("deep nesting is refused, deep brackets inside a text are not", () => {
  const deep = (open: string, close: string, levels: number) =>
    `{"type":"mcp","payload":{"a":${open.repeat(levels)}1${close.repeat(levels)}}}`;
  assertEquals(parseDeviceMessage(deep("[", "]", 30)).type, "mcp");
  assertInvalid(deep("[", "]", 31));
  assertInvalid(deep(`{"a":`, "}", 1_000_000));
  assertInvalid("[".repeat(1_000_000));
  const text = `\\"${"[{".repeat(1_000)}`;
  assertEquals(parseDeviceMessage(`{"type":"listen","state":"detect","text":"${text}"}`), {
    type: "listen",
    state: "detect",
    text: `"${"[{".repeat(1_000)}`,
  });
});

test("a message cannot reach into prototypes", () => {
  parseDeviceMessage(`{"type":"mcp","payload":{"__proto__":{"stolen":1}},"__proto__":{"stolen":1}}`);
  assertEquals("stolen" in {}, false);
});

test("what the simulated device writes is what firmware writes", () => {
  const hello: DeviceMessage = {
    type: "hello",
    version: 1,
    features: { mcp: true, aec: false },
    audio: UPLINK,
  };
  assertEquals(
    encodeDeviceMessage(hello, "ignored"),
    `{"type":"hello","version":1,"features":{"mcp":true},"transport":"websocket",` +
      `"audio_params":{"format":"opus","sample_rate":16000,"channels":1,"frame_duration":60}}`,
  );
  assertEquals(parseDeviceMessage(encodeDeviceMessage(hello, "")), hello);
  assertEquals(
    encodeDeviceMessage({ type: "listen", state: "start", mode: "auto" }, "s"),
    `{"session_id":"s","type":"listen","state":"start","mode":"auto"}`,
  );
});

test("arbitrary texts are read or refused, and nothing else", () => {
  const type = fc.constantFrom("hello", "listen", "abort", "mcp", "iot", "ping", "goodbye", "else");
  const field = fc.oneof(fc.jsonValue(), fc.constantFrom("start", "detect"));
  const message = fc.record(
    { type, state: field, mode: field, text: field, payload: field, features: field, audio_params: field },
    { requiredKeys: ["type"] },
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    message.map((value) => JSON.stringify(value)),
  );
  fc.assert(fc.property(texts, (text) => {
    try {
      assertEquals(typeof parseDeviceMessage(text).type, "string");
    } catch (thrown) {
      if (!(thrown instanceof EarshotError)) throw thrown;
    }
  }));
});
