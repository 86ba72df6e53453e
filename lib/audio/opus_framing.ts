/** The most bytes of a frame (RFC 6716, section 3.4, R2). */
const MAX_FRAME_BYTES = 1_275;

/** Whether a packet says that it is stereo. */
export function isStereoOpusPacket(packet: Uint8Array): boolean {
  return ((packet[0] ?? 0) & 4) !== 0;
}

/** Whether the coder for music (CELT) alone made a packet. */
export function isMusicOpusPacket(packet: Uint8Array): boolean {
  return (packet[0] ?? 0) >> 3 >= 16;
}

/** Whether the frames of a packet fill it exactly, so that a decoder takes it whatever they hold (RFC 6716, section 3.2). */
export function isWellFramedOpusPacket(packet: Uint8Array): boolean {
  const code = (packet[0] ?? 0) & 3;
  const bytes = packet.length - 1;
  if (bytes < 0) return false;
  if (code === 0) return bytes <= MAX_FRAME_BYTES;
  if (code === 1) return bytes % 2 === 0 && bytes / 2 <= MAX_FRAME_BYTES;
  if (code === 2) {
    const first = sizeAt(packet, 1);
    return first !== undefined && fits(packet.length - first.at - first.bytes);
  }
  return isWellFramedRun(packet);
}

/** A packet of code 3: any number of frames of one size or of several, and padding. */
function isWellFramedRun(packet: Uint8Array): boolean {
  const head = packet[1];
  if (head === undefined) return false;
  const frames = head & 0x3f;
  if (frames === 0) return false;
  let at = 2;
  let end = packet.length;
  if ((head & 0x40) !== 0) {
    let size: number | undefined;
    do {
      size = packet[at++];
      if (size === undefined) return false;
      end -= size === 255 ? 254 : size;
    } while (size === 255);
  }
  if ((head & 0x80) === 0) {
    return end >= at && (end - at) % frames === 0 && fits((end - at) / frames);
  }
  let sum = 0;
  for (let frame = 1; frame < frames; frame++) {
    const size = sizeAt(packet, at);
    if (size === undefined) return false;
    at = size.at;
    sum += size.bytes;
  }
  return fits(end - at - sum);
}

/** The size of a frame, of one byte or two, and what comes after it. */
function sizeAt(packet: Uint8Array, at: number): { readonly bytes: number; readonly at: number } | undefined {
  const [first, second] = [packet[at], packet[at + 1]];
  if (first === undefined) return undefined;
  if (first < 252) return { bytes: first, at: at + 1 };
  return second === undefined ? undefined : { bytes: 4 * second + first, at: at + 2 };
}

function fits(frameBytes: number): boolean {
  return frameBytes >= 0 && frameBytes <= MAX_FRAME_BYTES;
}
