import { gunzipSync, gzipSync } from "node:zlib";
import { serviceError } from "../service_error.ts";
import type { ServiceName } from "../service_name.ts";

/** The most that a payload may measure once it is unpacked, in bytes. */
const MAX_PAYLOAD_BYTES = 1_048_576;

/** What a frame of Volcengine's speech services is. */
export const DOUBAO_FRAME: Readonly<Record<"request" | "audio" | "result" | "sound" | "error", number>> = {
  request: 0x1,
  /** Sound to be recognized. */
  audio: 0x2,
  result: 0x9,
  /** Sound of a voice; from recognition an acknowledgement. */
  sound: 0xb,
  error: 0xf,
};
const FLAG_SEQUENCE = 1;
/** The last frame of its direction. */
const FLAG_LAST = 2;
const FLAG_EVENT = 4;
/** Events below are of the client, and name neither a connection nor a session. */
const FIRST_EVENT_WITH_ID = 50;
/** What is packed by gzip begins so. */
const GZIP = [0x1f, 0x8b];

/** A frame from the service; the layout is the one of Volcengine's speech services, big-endian. */
export interface DoubaoFrame {
  /** One of {@linkcode DOUBAO_FRAME}. */
  readonly type: number;
  /** Whether the flags say that nothing follows; the sign of a sequence is not to be trusted. */
  readonly last: boolean;
  /** The number of what happened, where the frame says it. */
  readonly event?: number;
  /** The code of an error frame. */
  readonly code?: number;
  /** The payload, unpacked. */
  readonly payload: Uint8Array;
}

/** A frame to the service, without a sequence. */
export function encodeDoubaoFrame(
  type: number,
  { payload, gzip, last = false }: {
    readonly payload: Uint8Array;
    readonly gzip: boolean;
    readonly last?: boolean;
  },
): Uint8Array {
  const body = gzip ? gzipSync(payload) : payload;
  const frame = new Uint8Array(8 + body.length);
  const json = type === DOUBAO_FRAME.request ? 1 : 0;
  frame.set([0x11, type << 4 | (last ? FLAG_LAST : 0), json << 4 | (gzip ? 1 : 0), 0]);
  new DataView(frame.buffer).setUint32(4, body.length);
  frame.set(body, 8);
  return frame;
}

/** An event to the service: its number, the session that it belongs to if any, and what it says as JSON. */
export function encodeDoubaoEvent(
  event: number,
  { session, value = {} }: { readonly session?: string; readonly value?: object } = {},
): Uint8Array {
  const strings = [...(session === undefined ? [] : [session]), JSON.stringify(value)]
    .map((text) => new TextEncoder().encode(text));
  const frame = new Uint8Array(strings.reduce((sum, { length }) => sum + 4 + length, 8));
  const view = new DataView(frame.buffer);
  frame.set([0x11, DOUBAO_FRAME.request << 4 | FLAG_EVENT, 0x10, 0]);
  view.setInt32(4, event);
  let at = 8;
  for (const bytes of strings) {
    view.setUint32(at, bytes.length);
    frame.set(bytes, at + 4);
    at += 4 + bytes.length;
  }
  return frame;
}

/**
 * Reads a frame of the service.
 *
 * @throws {EarshotError} `protocol` of the service's family, for bytes that are none
 */
export function decodeDoubaoFrame(service: ServiceName, bytes: Uint8Array): DoubaoFrame {
  const fault = (detail: string, cause?: unknown) => serviceError(service, "protocol", { detail, cause });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint8(0) >> 4 !== 1) throw fault("it sent a frame of another version");
  const type = view.getUint8(1) >> 4;
  const flags = view.getUint8(1) & 0xf;
  const compressed = (view.getUint8(2) & 0xf) === 1;
  let at = (view.getUint8(0) & 0xf) * 4;
  if (type === DOUBAO_FRAME.error) {
    const code = numberAt(at);
    return { type, last: true, code, payload: words(stringAt(at + 4)) };
  }
  if ((flags & FLAG_SEQUENCE) !== 0) at += 4;
  const last = (flags & FLAG_LAST) !== 0;
  if ((flags & FLAG_EVENT) === 0) return { type, last, payload: unpacked(stringAt(at)) };
  const event = numberAt(at);
  at += 4;
  if (event < FIRST_EVENT_WITH_ID) return { type, last, event, payload: unpacked(stringAt(at)) };
  const id = stringAt(at);
  at += 4 + id.length;
  // The documentation contradicts itself: some events may come without the name of what they belong to.
  const bare = at === bytes.length && type !== DOUBAO_FRAME.sound;
  return { type, last, event, payload: unpacked(bare ? id : stringAt(at)) };

  function numberAt(start: number): number {
    if (bytes.length < start + 4) throw fault("it sent a frame that is cut short");
    return view.getUint32(start);
  }

  function stringAt(start: number): Uint8Array {
    const size = numberAt(start);
    if (bytes.length < start + 4 + size) throw fault("it sent a frame that is cut short");
    return bytes.subarray(start + 4, start + 4 + size);
  }

  function unpacked(payload: Uint8Array): Uint8Array {
    if (!compressed || payload.length === 0) return payload;
    try {
      return gunzip(payload);
    } catch (cause) {
      throw fault("it sent a payload that cannot be unpacked", cause);
    }
  }

  /** What an error says: some are packed without saying so, and the code counts where they cannot be read. */
  function words(payload: Uint8Array): Uint8Array {
    if (!compressed && !GZIP.every((byte, index) => payload[index] === byte)) return payload;
    try {
      return gunzip(payload);
    } catch {
      return new Uint8Array();
    }
  }
}

function gunzip(payload: Uint8Array): Uint8Array {
  return new Uint8Array(gunzipSync(payload, { maxOutputLength: MAX_PAYLOAD_BYTES }));
}
