import { unreadableSound } from "./files/sound_file.ts";

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const FORMAT_BYTES = 16;
const PCM = 1;

/**
 * The samples of a WAV file that is in memory as a whole: 16 bit PCM, mono, 16 kHz, as {@linkcode writeWav} writes it
 * and as scripts have at hand. What else there is, is read by {@linkcode readSound}.
 *
 * @throws {EarshotError} `audio.invalid_wav`
 */
export function readWavAsPcm16(bytes: Uint8Array): Int16Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < RIFF_HEADER_BYTES || name(0) !== "RIFF" || name(8) !== "WAVE") {
    throw unreadableSound("it does not begin as a RIFF/WAVE file does");
  }
  let plain = false;
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= bytes.length;) {
    const sizeBytes = view.getUint32(at + 4, true);
    const start = at + CHUNK_HEADER_BYTES;
    if (name(at) === "fmt " && start + FORMAT_BYTES <= bytes.length) {
      const [encoding, channels, rateHz, bits] = [
        view.getUint16(start, true),
        view.getUint16(start + 2, true),
        view.getUint32(start + 4, true),
        view.getUint16(start + 14, true),
      ];
      plain = encoding === PCM && channels === 1 && rateHz === 16_000 && bits === 16;
    }
    if (name(at) === "data") {
      if (!plain) throw unreadableSound("it is not 16 bit PCM, mono, 16 kHz");
      const samples = Math.floor(Math.min(sizeBytes, bytes.length - start) / 2);
      return Int16Array.from({ length: samples }, (_, index) => view.getInt16(start + 2 * index, true));
    }
    at = start + sizeBytes + sizeBytes % 2;
  }
  throw unreadableSound("it has no sound");
}
