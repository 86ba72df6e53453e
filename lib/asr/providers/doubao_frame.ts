import { gunzipSync, gzipSync } from "node:zlib";
import { serviceError, type ServiceName } from "../../service/mod.ts";

/** The most that a payload may measure once it is unpacked, in bytes. */
const MAX_PAYLOAD_BYTES = 1_048_576;

/** What a frame is. */
export const FRAME_TYPE = { request: 0x1, audio: 0x2, result: 0x9, ack: 0xb, error: 0xf } as const;
/** The last frame of its direction. */
const FLAG_LAST = 2;
const FLAG_SEQUENCE = 1;
const FLAG_EVENT = 4;

/** A frame from the service; the layout is the one of Volcengine's streaming ASR, big-endian. */
export interface DoubaoFrame {
  /** One of {@linkcode FRAME_TYPE}. */
  readonly type: number;
  /** Whether the flags say that nothing follows; the sign of a sequence is not to be trusted. */
  readonly last: boolean;
  /** The code of an error frame. */
  readonly code?: number;
  /** The payload, unpacked. */
  readonly payload: Uint8Array;
}

/** A frame to the service, without a sequence. */
export function encodeDoubaoFrame(
  type: typeof FRAME_TYPE.request | typeof FRAME_TYPE.audio,
  { payload, gzip, last = false }: {
    readonly payload: Uint8Array;
    readonly gzip: boolean;
    readonly last?: boolean;
  },
): Uint8Array {
  const body = gzip ? gzipSync(payload) : payload;
  const frame = new Uint8Array(8 + body.length);
  const json = type === FRAME_TYPE.request ? 1 : 0;
  frame.set([0x11, type << 4 | (last ? FLAG_LAST : 0), json << 4 | (gzip ? 1 : 0), 0]);
  new DataView(frame.buffer).setUint32(4, body.length);
  frame.set(body, 8);
  return frame;
}

/** Reads a frame of the service, which errors name; throws `asr.protocol` for bytes that are none. */
export function decodeDoubaoFrame(service: ServiceName, bytes: Uint8Array): DoubaoFrame {
  const fault = (detail: string, cause?: unknown) => serviceError(service, "protocol", { detail, cause });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint8(0) >> 4 !== 1) throw fault("it sent a frame of another version");
  const type = view.getUint8(1) >> 4;
  const flags = view.getUint8(1) & 0xf;
  const compressed = (view.getUint8(2) & 0xf) === 1;
  let at = (view.getUint8(0) & 0xf) * 4;
  if (type === FRAME_TYPE.error) {
    if (bytes.length < at + 8) throw fault("it sent a frame that is cut short");
    const code = view.getUint32(at);
    return { type, last: true, code, payload: payloadAt(at + 4) };
  }
  if ((flags & FLAG_SEQUENCE) !== 0) at += 4;
  if ((flags & FLAG_EVENT) !== 0) at += 4;
  return { type, last: (flags & FLAG_LAST) !== 0, payload: payloadAt(at) };

  function payloadAt(start: number): Uint8Array {
    if (bytes.length < start + 4) throw fault("it sent a frame that is cut short");
    const size = view.getUint32(start);
    if (bytes.length < start + 4 + size) throw fault("it sent a frame that is cut short");
    const payload = bytes.subarray(start + 4, start + 4 + size);
    if (!compressed || size === 0) return payload;
    try {
      return new Uint8Array(gunzipSync(payload, { maxOutputLength: MAX_PAYLOAD_BYTES }));
    } catch (cause) {
      throw fault("it sent a payload that cannot be unpacked", cause);
    }
  }
}
