import { EarshotError } from "../errors/mod.ts";
import { encodeFrame, type Frame } from "./frame_codec.ts";
import type { EngineReply, EngineRequest } from "./messages.ts";

/** In a frame's header, an array of numbers is the name of its type and its length; its elements are in the body. */
const ARRAYS = [
  ["$int16", Int16Array],
  ["$float32", Float32Array],
  ["$uint8", Uint8Array],
  ["$uint32", Uint32Array],
] as const;

type NumberArray = Int16Array | Float32Array | Uint8Array | Uint32Array;

/** Lays a message out as a frame: the arrays of numbers in it travel in the body, in the order of the message. */
export function encodeMessage(message: EngineRequest | EngineReply): Uint8Array<ArrayBuffer> {
  const arrays: NumberArray[] = [];
  const header = detach(message, arrays);
  const body = new Uint8Array(arrays.reduce((total, { byteLength }) => total + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    body.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return encodeFrame(header, body);
}

/** The message of a frame; its shape is not checked. Throws `internal` where the body is not what the header says. */
export function decodeMessage({ header, body }: Frame): unknown {
  const rest = { body, at: 0 };
  const message = attach(header, rest);
  if (rest.at !== body.length) throw malformed();
  return message;
}

function detach(value: unknown, arrays: NumberArray[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  for (const [name, NumberArray] of ARRAYS) {
    if (!(value instanceof NumberArray)) continue;
    arrays.push(value);
    return { [name]: value.length };
  }
  return mapValues(value, (inner) => detach(inner, arrays));
}

function attach(value: unknown, rest: { readonly body: Uint8Array<ArrayBuffer>; at: number }): unknown {
  if (typeof value !== "object" || value === null) return value;
  for (const [name, NumberArray] of ARRAYS) {
    if (!(name in value)) continue;
    const length = Number(Object.values(value)[0]);
    const end = rest.at + length * NumberArray.BYTES_PER_ELEMENT;
    if (!Number.isSafeInteger(length) || end < rest.at || end > rest.body.length) throw malformed();
    const bytes = rest.body.slice(rest.at, end);
    rest.at = end;
    return new NumberArray(bytes.buffer);
  }
  return mapValues(value, (inner) => attach(inner, rest));
}

/** Not by way of `Object.fromEntries`, for its cost: a batch of the detector has two objects a device. */
function mapValues(value: object, change: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  const changed: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) changed[name] = change(inner);
  return changed;
}

function malformed(): EarshotError {
  return new EarshotError(
    "internal",
    "Cannot read a message of the engine: its body is not what its header says",
  );
}
