import { z } from "zod";
import { type AudioParams, audioParamsSchema, readAudioParams, writeAudioParams } from "./audio_params.ts";
import { boundText } from "./bound_text.ts";
import { applySchema, type JsonObject, parseJsonMessage } from "./json_message.ts";

/** The faces that a device can make. */
// deno-fmt-ignore
export const EMOTIONS = [
  "neutral", "happy", "laughing", "funny", "sad", "angry", "crying", "loving", "embarrassed", "surprised",
  "shocked", "thinking", "winking", "cool", "relaxed", "delicious", "kissy", "confident", "sleepy", "silly",
  "confused",
] as const;

/** One of {@linkcode EMOTIONS}. */
export type Emotion = (typeof EMOTIONS)[number];

/** What the server says in a text message. */
export type ServerMessage =
  | {
    readonly type: "hello";
    /** What the server will send. */
    readonly audio: AudioParams;
  }
  | { readonly type: "stt"; readonly text: string }
  | { readonly type: "llm"; readonly emotion: Emotion; readonly text?: string }
  | { readonly type: "tts"; readonly state: "start" | "stop" | "sentence_end" }
  | { readonly type: "tts"; readonly state: "sentence_start"; readonly text: string }
  | { readonly type: "mcp"; readonly payload: JsonObject }
  | { readonly type: "system"; readonly command: "reboot" }
  | { readonly type: "alert"; readonly status: string; readonly message: string; readonly emotion: Emotion }
  | { readonly type: "custom"; readonly payload: JsonObject }
  | {
    readonly type: "pong";
    /** Local time as `YYYY-MM-DD HH:MM:SS`. */
    readonly timestamp: string;
  };

/** What firmware assumes of a server that does not say. */
const DEFAULT_AUDIO: AudioParams = {
  format: "opus",
  sampleRateHz: 24_000,
  channels: 1,
  frameDurationMs: 60,
};

const emotion = z.enum(EMOTIONS).catch("neutral");
const payload = z.record(z.string(), z.unknown());

const tts = z.discriminatedUnion("state", [
  z.object({ type: z.literal("tts"), state: z.enum(["start", "stop", "sentence_end"]) }),
  z.object({ type: z.literal("tts"), state: z.literal("sentence_start"), text: z.string() }),
]);

const wire = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    transport: z.literal("websocket"),
    audio_params: audioParamsSchema,
  }),
  z.object({ type: z.literal("stt"), text: z.string() }),
  z.object({ type: z.literal("llm"), emotion, text: z.string().optional() }),
  tts,
  z.object({ type: z.literal("mcp"), payload }),
  z.object({ type: z.literal("system"), command: z.literal("reboot") }),
  z.object({ type: z.literal("alert"), status: z.string(), message: z.string(), emotion }),
  z.object({ type: z.literal("custom"), payload }),
  z.object({ type: z.literal("pong"), timestamp: z.string() }),
]);

/**
 * Writes a text message with every field that the firmware looks for, and `session_id`. What the device is to
 * show is cut to a bound.
 */
export function encodeServerMessage(message: ServerMessage, sessionId: string): string {
  const fields = message.type === "hello"
    ? { type: message.type, transport: "websocket", audio_params: writeAudioParams(message.audio) }
    : boundFields(message);
  return JSON.stringify({ ...fields, session_id: sessionId });
}

/**
 * Reads a text message of the server the way a device does, which takes nothing for granted.
 *
 * @throws {EarshotError} `protocol.invalid_message` or `protocol.unsupported_audio` when firmware could not use it
 */
export function parseServerMessage(text: string): ServerMessage & { readonly sessionId: string } {
  const message = parseJsonMessage(text);
  const sessionId = typeof message["session_id"] === "string" ? message["session_id"] : "";
  const read = applySchema(wire, message);
  switch (read.type) {
    case "hello":
      return { type: "hello", audio: readAudioParams(read.audio_params, DEFAULT_AUDIO), sessionId };
    case "llm": {
      const { type, emotion, text: shown } = read;
      return { type, emotion, ...(shown !== undefined && { text: shown }), sessionId };
    }
    default:
      return { ...read, sessionId };
  }
}

function boundFields(message: Exclude<ServerMessage, { type: "hello" }>): JsonObject {
  switch (message.type) {
    case "alert":
      return { ...message, status: boundText(message.status), message: boundText(message.message) };
    case "stt":
    case "llm":
    case "tts":
      return "text" in message && message.text !== undefined
        ? { ...message, text: boundText(message.text) }
        : message;
    default:
      return message;
  }
}
