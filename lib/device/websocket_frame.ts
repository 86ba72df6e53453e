import type { ByteReader } from "./byte_reader.ts";

/** The kinds of frames of RFC 6455. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame as a server sends it. */
export interface WebSocketFrame {
  /** Whether it is the last of its message. */
  readonly final: boolean;
  /** One of {@linkcode OPCODE}, or whatever a peer invents. */
  readonly opcode: number;
  /** Its content. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** A whole message in one frame, masked as a client must. */
export function encodeClientFrame(opcode: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const lengthBytes = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
  const headerBytes = 2 + lengthBytes + 4;
  const frame = new Uint8Array(headerBytes + payload.length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (lengthBytes === 0 ? payload.length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) view.setUint16(2, payload.length);
  if (lengthBytes === 8) view.setBigUint64(2, BigInt(payload.length));
  const mask = crypto.getRandomValues(frame.subarray(headerBytes - 4, headerBytes));
  for (let at = 0; at < payload.length; at++) {
    frame[headerBytes + at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
  }
  return frame;
}

/**
 * Reads the next frame; `undefined` at the end of the stream. Throws a `RangeError` on a frame that announces
 * more than `maxBytes`, and a `TypeError` on a masked one, which no server may send.
 */
export async function readServerFrame(
  reader: ByteReader,
  maxBytes: number,
): Promise<WebSocketFrame | undefined> {
  const head = await reader.exactly(2);
  if (head === undefined) return undefined;
  const [first = 0, second = 0] = head;
  if ((second & 0x80) !== 0) throw new TypeError("Cannot read the frame: it is masked");
  let sizeBytes = second & 0x7f;
  if (sizeBytes >= 126) {
    const extended = await reader.exactly(sizeBytes === 126 ? 2 : 8);
    if (extended === undefined) return undefined;
    const view = new DataView(extended.buffer);
    sizeBytes = sizeBytes === 126 ? view.getUint16(0) : Number(view.getBigUint64(0));
  }
  if (sizeBytes > maxBytes) throw new RangeError(`Cannot read the frame: it announces ${sizeBytes} bytes`);
  const payload = await reader.exactly(sizeBytes);
  if (payload === undefined) return undefined;
  return { final: (first & 0x80) !== 0, opcode: first & 0x0f, payload };
}
