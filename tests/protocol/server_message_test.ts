import { assertEquals, assertThrows } from "@std/assert";
import fc from "../support/fast_check.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import {
  EMOTIONS,
  encodeServerMessage,
  parseServerMessage,
  type ServerMessage,
} from "../../lib/protocol/mod.ts";
import { test } from "../support/test.ts";

const DOWNLINK = { format: "opus", sampleRateHz: 24_000, channels: 1, frameDurationMs: 60 } as const;

const MESSAGES: ServerMessage[] = [
  { type: "hello", audio: DOWNLINK },
  { type: "stt", text: "你好" },
  { type: "llm", emotion: "happy" },
  { type: "llm", emotion: "sad", text: "😢" },
  { type: "tts", state: "start" },
  { type: "tts", state: "sentence_start", text: "Hi." },
  { type: "tts", state: "sentence_end" },
  { type: "tts", state: "stop" },
  { type: "mcp", payload: { jsonrpc: "2.0", id: 1 } },
  { type: "system", command: "reboot" },
  { type: "alert", status: "Error", message: "Busy", emotion: "sad" },
  { type: "custom", payload: { a: 1 } },
  { type: "pong", timestamp: "2026-08-01 10:00:00" },
];

test("the hello carries all that firmware dereferences", () => {
  assertEquals(JSON.parse(encodeServerMessage({ type: "hello", audio: DOWNLINK }, "s1")), {
    type: "hello",
    transport: "websocket",
    session_id: "s1",
    audio_params: { format: "opus", sample_rate: 24000, channels: 1, frame_duration: 60 },
  });
});

test("every message carries the session and comes back as it was", () => {
  for (const message of MESSAGES) {
    const text = encodeServerMessage(message, "s1");
    assertEquals(JSON.parse(text).session_id, "s1");
    assertEquals(parseServerMessage(text), { ...message, sessionId: "s1" });
  }
});

test("text to be shown is cut at 1024 bytes of UTF-8, between code points", () => {
  const shown = (text: string): string => JSON.parse(encodeServerMessage({ type: "stt", text }, "")).text;
  assertEquals(shown("a".repeat(1_024)), "a".repeat(1_024));
  assertEquals(shown("a".repeat(2_000)), "a".repeat(1_024));
  assertEquals(shown("好".repeat(1_000)), "好".repeat(341));
  assertEquals(shown("a" + "😀".repeat(300)), "a" + "😀".repeat(255));
  assertEquals(shown("\ud83d"), "\ufffd");
  const alert = encodeServerMessage({
    type: "alert",
    status: "x".repeat(2_000),
    message: "y".repeat(2_000),
    emotion: "sad",
  }, "");
  assertEquals(JSON.parse(alert).status.length + JSON.parse(alert).message.length, 2_048);
});

test("any text stays within the bound and is a prefix of what was said", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 800 }), (text) => {
    const { text: shown } = JSON.parse(encodeServerMessage({ type: "stt", text }, ""));
    assertEquals(new TextEncoder().encode(shown).length <= 1_024, true);
    assertEquals(text.toWellFormed().startsWith(shown), true);
  }));
});

test("there are 21 faces, and an unknown one is neutral", () => {
  assertEquals(new Set(EMOTIONS).size, 21);
  assertEquals<unknown>(parseServerMessage(`{"type":"llm","emotion":"bored"}`), {
    type: "llm",
    emotion: "neutral",
    sessionId: "",
  });
});

test("the device takes what other servers leave out, and refuses what firmware would crash on", () => {
  const hello = parseServerMessage(`{"type":"hello","transport":"websocket"}`);
  assertEquals<unknown>(hello, { type: "hello", audio: DOWNLINK, sessionId: "" });
  const faults = [
    `{"type":"hello"}`,
    `{"type":"hello","transport":"udp"}`,
    `{"type":"alert","status":"a","message":"b"`,
    `{"type":"alert","status":"a"}`,
    `{"type":"tts"}`,
    `{"type":"stt"}`,
    `{"type":"what"}`,
  ];
  for (const text of faults) {
    const error = assertThrows(() => parseServerMessage(text), EarshotError);
    assertEquals(error.code, "protocol.invalid_message");
  }
});

test("arbitrary texts are read or refused, and nothing else", () => {
  const type = fc.constantFrom("hello", "stt", "llm", "tts", "mcp", "system", "alert", "custom", "pong");
  const message = fc.record(
    { type, state: fc.jsonValue(), text: fc.jsonValue(), audio_params: fc.jsonValue() },
    { requiredKeys: ["type"] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.json(), message.map((value) => JSON.stringify(value))), (text) => {
      try {
        parseServerMessage(text);
      } catch (thrown) {
        if (!(thrown instanceof EarshotError)) throw thrown;
      }
    }),
  );
});
