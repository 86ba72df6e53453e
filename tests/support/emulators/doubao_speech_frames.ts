import { gunzipSync, gzipSync } from "node:zlib";

/** An event that the service sends. */
export interface ServerEvent {
  readonly event: number;
  /** What it belongs to: a connection or a session. Left out: it says none. */
  readonly id?: string;
  readonly payload: unknown;
  /** Whether it is sound: its payload is bytes. */
  readonly sound?: boolean;
  readonly gzip?: boolean;
  /** Whether its header says JSON, whatever the payload is. */
  readonly json?: boolean;
}

/** A frame of the service, as the documentation composes it. */
export function serverEvent(
  { event, id, payload, sound = false, gzip = false, json = !sound }: ServerEvent,
): Uint8Array {
  const bytes = payload instanceof Uint8Array ? payload : bytesOf(JSON.stringify(payload));
  const head = [0x11, sound ? 0xb4 : 0x94, (json ? 0x10 : 0) | (gzip ? 1 : 0), 0];
  return joined([
    Uint8Array.from(head),
    numberOf(event),
    ...(id === undefined ? [] : stringOf(bytesOf(id))),
    ...stringOf(gzip ? gzipSync(bytes) : bytes),
  ]);
}

/** A frame of sound of the first version: with a sequence, which is negative in the last one. */
export function soundFrame(sequence: number, pcm: Uint8Array): Uint8Array {
  return joined([
    Uint8Array.of(0x11, sequence < 0 ? 0xb3 : 0xb1, 0, 0),
    numberOf(sequence),
    ...stringOf(pcm),
  ]);
}

/** What says that something went wrong. */
export function errorFrame(
  code: number,
  words: string,
  { gzip = false }: { readonly gzip?: boolean } = {},
): Uint8Array {
  const bytes = bytesOf(words);
  return joined([
    Uint8Array.of(0x11, 0xf0, gzip ? 0x11 : 0x10, 0),
    numberOf(code),
    ...stringOf(gzip ? gzipSync(bytes) : bytes),
  ]);
}

/** A frame of a client. */
export interface ClientFrame {
  /** Left out: it is a request without an event. */
  readonly event?: number;
  readonly session?: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Reads a frame of a client; `undefined` for what the service would not take. */
export function readClientFrame(message: string | Uint8Array): ClientFrame | undefined {
  if (typeof message === "string" || message.length < 8) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const [version, kind, serialization = 0, rest] = message;
  if (version !== 0x11 || (kind !== 0x10 && kind !== 0x14) || serialization >> 4 !== 1 || rest !== 0) {
    return undefined;
  }
  let at = 4;
  const event = kind === 0x14 ? view.getInt32(at) : undefined;
  if (event !== undefined) at += 4;
  let session: string | undefined;
  if (event !== undefined && event >= 100) {
    const size = view.getUint32(at);
    session = new TextDecoder().decode(message.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  const size = view.getUint32(at);
  if (message.length !== at + 4 + size) return undefined;
  const packed = message.subarray(at + 4);
  const bytes = (serialization & 0xf) === 1 ? gunzipSync(packed) : packed;
  const payload: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!isMap(payload)) return undefined;
  return { payload, ...(event !== undefined && { event }), ...(session !== undefined && { session }) };
}

/** Whether a value has fields. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function numberOf(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function stringOf(bytes: Uint8Array): readonly Uint8Array[] {
  return [numberOf(bytes.length), bytes];
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
