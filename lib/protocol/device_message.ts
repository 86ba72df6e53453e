import { z } from "zod";
import { type AudioParams, audioParamsSchema, readAudioParams, writeAudioParams } from "./audio_params.ts";
import { applySchema, type JsonObject, parseJsonMessage } from "./json_message.ts";

/** What ends an utterance: the server's speech detection, the button, or speech detection while the microphone stays on. */
export type ListenMode = "auto" | "manual" | "realtime";

/** A text message of a device. */
export type DeviceMessage =
  | {
    readonly type: "hello";
    /** The framing that the device announces; the `Protocol-Version` header is what counts. */
    readonly version: number;
    readonly features: { readonly mcp: boolean; readonly aec: boolean };
    /** What the device will send. */
    readonly audio: AudioParams;
  }
  | { readonly type: "listen"; readonly state: "start"; readonly mode: ListenMode }
  | { readonly type: "listen"; readonly state: "stop" }
  | { readonly type: "listen"; readonly state: "detect"; readonly text: string }
  | { readonly type: "abort"; readonly reason?: string }
  | { readonly type: "mcp"; readonly payload: JsonObject }
  | { readonly type: "goodbye" }
  | { readonly type: "iot" }
  | { readonly type: "ping" }
  | { readonly type: "unknown"; readonly name: string };

const MAX_NAME_CHARS = 64;

const DEFAULT_AUDIO: AudioParams = {
  format: "opus",
  sampleRateHz: 16_000,
  channels: 1,
  frameDurationMs: 60,
};

const hello = z.object({
  type: z.literal("hello"),
  version: z.number().catch(1),
  features: z.object({ mcp: z.boolean().catch(false), aec: z.boolean().catch(false) })
    .catch({ mcp: false, aec: false }),
  audio_params: audioParamsSchema.optional(),
  audioParams: audioParamsSchema.optional(),
});

const listen = z.discriminatedUnion("state", [
  z.object({
    type: z.literal("listen"),
    state: z.literal("start"),
    mode: z.enum(["auto", "manual", "realtime"]).catch("auto"),
  }),
  z.object({ type: z.literal("listen"), state: z.literal("stop") }),
  z.object({ type: z.literal("listen"), state: z.literal("detect"), text: z.string().catch("") }),
]);

const wire = z.discriminatedUnion("type", [
  hello,
  listen,
  z.object({ type: z.literal("abort"), reason: z.string().optional().catch(undefined) }),
  z.object({ type: z.literal("mcp"), payload: z.record(z.string(), z.unknown()) }),
  z.object({ type: z.literal("goodbye") }),
  z.object({ type: z.literal("iot") }),
  z.object({ type: z.literal("ping") }),
]);

const KNOWN_TYPES: ReadonlySet<string> = new Set([
  "hello",
  "listen",
  "abort",
  "mcp",
  "goodbye",
  "iot",
  "ping",
]);

/**
 * Reads a text message of a device: exact about what the server acts on, tolerant of all that real clients
 * leave out or write differently. An unknown type is `unknown`, not an error.
 *
 * @throws {EarshotError} `protocol.invalid_message` when it is not a JSON object with a text `type`, or a
 * field that its type cannot do without is missing or wrong; `protocol.unsupported_audio` for a hello that
 * announces another codec than Opus
 */
export function parseDeviceMessage(text: string): DeviceMessage {
  const message = parseJsonMessage(text);
  if (!KNOWN_TYPES.has(message.type)) return { type: "unknown", name: message.type.slice(0, MAX_NAME_CHARS) };
  const read = applySchema(wire, message);
  switch (read.type) {
    case "hello": {
      const { type, version, features } = read;
      const audio = readAudioParams(read.audio_params ?? read.audioParams ?? {}, DEFAULT_AUDIO);
      return { type, version, features, audio };
    }
    case "abort":
      return read.reason === undefined ? { type: "abort" } : { type: "abort", reason: read.reason };
    default:
      return read;
  }
}

/** Writes a text message as firmware does. */
export function encodeDeviceMessage(
  message: Exclude<DeviceMessage, { type: "unknown" }>,
  sessionId: string,
): string {
  if (message.type !== "hello") return JSON.stringify({ session_id: sessionId, ...message });
  const { mcp, aec } = message.features;
  return JSON.stringify({
    type: "hello",
    version: message.version,
    features: { ...(mcp && { mcp }), ...(aec && { aec }) },
    transport: "websocket",
    audio_params: writeAudioParams(message.audio),
  });
}
