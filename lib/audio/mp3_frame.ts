/** What a frame of MPEG audio, layer III, begins with. */
const HEADER_BYTES = 4;
/** What tags before the first frame begin with. */
const ID3 = [0x49, 0x44, 0x33];

const KBPS_V1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBPS_V2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
/** Of MPEG 1; MPEG 2 has half of it, MPEG 2.5 a quarter. */
const RATES_HZ = [44_100, 48_000, 32_000];

/** How many bytes {@linkcode isMp3} needs of sound that begins so: a frame, and what begins the next one. */
export function mp3MagicBytes(bytes: Uint8Array): number {
  return (frameBytesOf(bytes) ?? HEADER_BYTES - 2) + 2;
}

/**
 * Whether sound begins as MP3 does: with a tag, or with a frame that another one follows where there are enough bytes to
 * tell; samples can look like one frame.
 */
export function isMp3(bytes: Uint8Array): boolean {
  if (ID3.every((byte, index) => bytes[index] === byte)) return true;
  const frameBytes = frameBytesOf(bytes);
  if (frameBytes === undefined) return false;
  return bytes.length < frameBytes + 2 || beginsFrame(bytes.subarray(frameBytes));
}

/** How long the frame is whose header these bytes begin with; `undefined` where they are none. */
function frameBytesOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER_BYTES || !beginsFrame(bytes)) return undefined;
  const [, second = 0, third = 0] = bytes;
  const version = second >> 3 & 3;
  const kbps = (version === 3 ? KBPS_V1 : KBPS_V2)[third >> 4] ?? 0;
  const baseHz = RATES_HZ[third >> 2 & 3];
  if (version === 1 || kbps === 0 || baseHz === undefined) return undefined;
  const rateHz = baseHz / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const padding = third >> 1 & 1;
  return Math.floor((version === 3 ? 144_000 : 72_000) * kbps / rateHz) + padding;
}

/** Eleven ones, and layer III. */
function beginsFrame([first = 0, second = 0]: Uint8Array): boolean {
  return first === 0xff && (second & 0xe6) === 0xe2;
}
