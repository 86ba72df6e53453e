import { EarshotError } from "../errors/mod.ts";

/**
 * How binary frames are laid out: the version that the device announced, or what the MQTT gateway makes of
 * version 2 (the first eight bytes are its own business).
 */
export type FrameVersion = 1 | 2 | 3 | "gateway";

/** One binary frame. */
export interface Frame {
  /** What the payload is; devices send Opus only, though version 2 could carry JSON. */
  readonly type: "opus" | "json";
  /** A view into the bytes that were decoded; never empty. */
  readonly payload: Uint8Array;
  /** The sender's clock in ms, modulo 2^32; absent in versions that carry none. */
  readonly timestampMs?: number;
}

/** Options of {@linkcode encodeFrame}. */
export interface EncodeFrameOptions {
  /** The sender's clock in ms, taken modulo 2^32; 0 by default. Versions 1 and 3 do not carry it. */
  readonly timestampMs?: number;
}

const V2_HEADER_BYTES = 16;
const V3_HEADER_BYTES = 4;
const V3_MAX_PAYLOAD_BYTES = 0xffff;

/**
 * Reads one binary frame; the payload is a view, nothing is copied.
 *
 * @throws {EarshotError} `protocol.invalid_frame` when the header is short, the version or type is wrong, the
 * announced size is not the size, or there is no payload
 */
export function decodeFrame(version: FrameVersion, bytes: Uint8Array): Frame {
  switch (version) {
    case 1:
      return { type: "opus", payload: payloadOf(bytes, 0, bytes.length) };
    case 2:
    case "gateway":
      return decodeV2(version, bytes);
    case 3:
      return decodeV3(bytes);
  }
}

/**
 * The version whose header a frame bears beyond doubt, every field of it as it must be; bare Opus bears none, and so gives
 * `undefined`.
 */
export function frameVersionOf(bytes: Uint8Array): 2 | 3 | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { length } = bytes;
  if (length > V3_HEADER_BYTES && view.getUint16(0) === 0 && view.getUint16(2) === length - V3_HEADER_BYTES) {
    return 3;
  }
  const v2 = length > V2_HEADER_BYTES && view.getUint16(0) === 2 && view.getUint16(2) <= 1 &&
    view.getUint32(4) === 0 && view.getUint32(12) === length - V2_HEADER_BYTES;
  return v2 ? 2 : undefined;
}

/**
 * Writes one binary frame exactly as the firmware reads it. Version 1 has no header, so the payload itself is
 * returned.
 *
 * @throws {EarshotError} `protocol.invalid_frame` when the version cannot carry the payload
 */
export function encodeFrame(
  version: FrameVersion,
  payload: Uint8Array<ArrayBuffer>,
  options: EncodeFrameOptions = {},
): Uint8Array<ArrayBuffer> {
  const { timestampMs = 0 } = options;
  if (payload.length === 0) throw invalid("write", "the payload is empty");
  if (version === 1) return payload;
  if (version === 3) return encodeV3(payload);
  const bytes = new Uint8Array(V2_HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 2);
  view.setUint32(8, timestampMs);
  view.setUint32(12, payload.length);
  bytes.set(payload, V2_HEADER_BYTES);
  return bytes;
}

function encodeV3(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  if (payload.length > V3_MAX_PAYLOAD_BYTES) {
    throw invalid("write", `${payload.length} bytes do not fit into version 3`);
  }
  const bytes = new Uint8Array(V3_HEADER_BYTES + payload.length);
  new DataView(bytes.buffer).setUint16(2, payload.length);
  bytes.set(payload, V3_HEADER_BYTES);
  return bytes;
}

function decodeV2(version: 2 | "gateway", bytes: Uint8Array): Frame {
  const view = headerOf(bytes, V2_HEADER_BYTES);
  const timestampMs = view.getUint32(8);
  const payload = payloadOf(bytes, V2_HEADER_BYTES, view.getUint32(12));
  if (version === "gateway") return { type: "opus", payload, timestampMs };
  const announced = view.getUint16(0);
  if (announced !== 2) throw invalid("read", `it announces version ${announced} instead of 2`);
  const type = view.getUint16(2);
  if (type > 1) throw invalid("read", `type ${type} is unknown`);
  return { type: type === 1 ? "json" : "opus", payload, timestampMs };
}

function decodeV3(bytes: Uint8Array): Frame {
  const view = headerOf(bytes, V3_HEADER_BYTES);
  const type = view.getUint8(0);
  if (type !== 0) throw invalid("read", `type ${type} is unknown`);
  return { type: "opus", payload: payloadOf(bytes, V3_HEADER_BYTES, view.getUint16(2)) };
}

function headerOf(bytes: Uint8Array, sizeBytes: number): DataView {
  if (bytes.length < sizeBytes) {
    throw invalid("read", `${bytes.length} bytes are shorter than the header of ${sizeBytes}`);
  }
  return new DataView(bytes.buffer, bytes.byteOffset, sizeBytes);
}

function payloadOf(bytes: Uint8Array, headerBytes: number, announcedBytes: number): Uint8Array {
  const actualBytes = bytes.length - headerBytes;
  if (announcedBytes !== actualBytes) {
    throw invalid("read", `it announces ${announcedBytes} bytes and holds ${actualBytes}`);
  }
  if (actualBytes === 0) throw invalid("read", "the payload is empty");
  return headerBytes === 0 ? bytes : bytes.subarray(headerBytes);
}

function invalid(verb: "read" | "write", state: string): EarshotError {
  return new EarshotError("protocol.invalid_frame", `Cannot ${verb} the frame: ${state}`);
}
