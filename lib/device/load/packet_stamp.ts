/** Who sent a packet, as which one, and when. */
export interface PacketStamp {
  /** The device's number within the run. */
  readonly device: number;
  /** The packet's number within the device, from 0, over all of its connections. */
  readonly seq: number;
  /** When it was sent, as {@linkcode stampNowMs} had it. */
  readonly sentMs: number;
}

/** How long a stamp is: a mark, two numbers and a time. */
export const STAMP_BYTES = 20;

/** What no compressed sound begins with by chance: 1 in 4 billion. */
const MARK = 0xea_45_b0_7a;

/**
 * A time that means the same in every process of this machine, in ms; it does not go back, though two processes
 * that start around a change of the machine's clock differ by that change.
 */
export function stampNowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Whether a packet has room for a stamp behind its first byte and says there, what no stamp may overwrite. */
export function canStamp(packet: Uint8Array): boolean {
  const [toc = 3] = packet;
  // Code 0 is one frame, of which no byte but the first says how long it sounds (RFC 6716, section 3.1).
  return (toc & 3) === 0 && packet.length > STAMP_BYTES;
}

/** Writes a stamp at byte `at`. */
export function writeStamp(view: DataView, at: number, { device, seq, sentMs }: PacketStamp): void {
  view.setUint32(at, MARK);
  view.setUint32(at + 4, device);
  view.setUint32(at + 8, seq);
  view.setFloat64(at + 12, sentMs);
}

/** The stamps in a message: packets may stand behind a frame header, and several in one page of Ogg. */
export function stampsIn(bytes: Uint8Array): PacketStamp[] {
  const last = bytes.length - STAMP_BYTES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stamps: PacketStamp[] = [];
  for (let at = 0; (at = bytes.indexOf(MARK >>> 24, at)) >= 0 && at <= last;) {
    if (view.getUint32(at) !== MARK) {
      at++;
      continue;
    }
    const [device, seq, sentMs] = [view.getUint32(at + 4), view.getUint32(at + 8), view.getFloat64(at + 12)];
    stamps.push({ device, seq, sentMs });
    at += STAMP_BYTES;
  }
  return stamps;
}
