import { z } from "zod";
import type { JsonObject } from "../contract.ts";
import type { DeviceAnswer } from "./device_rpc.ts";

/** So much of what a device says is wrong is told on, in UTF-16 units. */
const MAX_ERROR_CHARS = 1_000;

/** What a payload of a device is. */
export type DevicePayload =
  | { readonly type: "answer"; readonly id: unknown; readonly answer: DeviceAnswer }
  /** It asks, or tells, something by itself. */
  | { readonly type: "request" }
  | { readonly type: "malformed" };

/** Firmware leaves out the code; others write a text alone. */
const error = z.union([
  z.string(),
  z.object({ message: z.string() }).transform(({ message }) => message),
  z.unknown().transform(() => "no reason was given"),
]);

/** Firmware's own shape of an error, whose message is not escaped. */
const UNESCAPED =
  /"type"\s*:\s*"mcp"\s*,\s*"payload"\s*:\s*\{\s*"jsonrpc"\s*:\s*"2\.0"\s*,\s*"id"\s*:\s*(\d{1,9})\s*,\s*"error"\s*:\s*\{\s*"message"\s*:\s*"/;
const UNESCAPED_END = /"\s*\}\s*\}\s*\}\s*$/;

/** Reads a payload that a device has sent; takes anything. */
export function readDeviceAnswer(payload: JsonObject): DevicePayload {
  const { id, method } = payload;
  const isAnswer = id !== undefined && id !== null &&
    (Object.hasOwn(payload, "result") || Object.hasOwn(payload, "error"));
  if (!isAnswer) return { type: typeof method === "string" ? "request" : "malformed" };
  if (payload["error"] === undefined || payload["error"] === null) {
    return { type: "answer", id, answer: { type: "result", result: payload["result"] } };
  }
  return { type: "answer", id, answer: errorAnswer(error.parse(payload["error"])) };
}

/** Reads an error that is no JSON since its text is not escaped; `undefined` for anything else. */
export function readUnescapedError(
  text: string,
): { readonly id: number; readonly message: string } | undefined {
  const begin = UNESCAPED.exec(text);
  if (begin === null) return undefined;
  const rest = text.slice(begin.index + begin[0].length);
  const end = UNESCAPED_END.exec(rest.slice(-64));
  // What is cut off ends somewhere in the message.
  const message = end === null ? rest : rest.slice(0, rest.length - end[0].length);
  return { id: Number(begin[1]), message: bounded(message) };
}

function errorAnswer(message: string): DeviceAnswer {
  return { type: "error", message: bounded(message) };
}

function bounded(message: string): string {
  return message.slice(0, MAX_ERROR_CHARS).toWellFormed();
}
