import { convertWith } from "./convert_command.ts";
import { unreadableSound } from "./sound_file.ts";

/** How a sample is written. */
export type WaveEncoding = "pcm" | "float" | "aLaw" | "muLaw";

/** What a WAVE file says of its samples. */
export interface WaveFormat {
  readonly encoding: WaveEncoding;
  readonly channels: number;
  readonly sampleRateHz: number;
  /** The bytes of one sample of one channel. */
  readonly sampleBytes: number;
  /** Whether the least significant byte comes first, as in all but RIFX. */
  readonly littleEndian: boolean;
}

/** As much of a format description as is read. */
export const FORMAT_BYTES = 40;
const LEAST_FORMAT_BYTES = 16;
const EXTENSIBLE = 0xfffe;
const ENCODINGS: ReadonlyMap<number, WaveEncoding> = new Map([
  [1, "pcm"],
  [3, "float"],
  [6, "aLaw"],
  [7, "muLaw"],
]);
const SAMPLE_BYTES: Readonly<Record<WaveEncoding, readonly number[]>> = {
  pcm: [1, 2, 3, 4],
  float: [4, 8],
  aLaw: [1],
  muLaw: [1],
};
/** Encodings that other programs read, by their tag. */
const OTHER_ENCODINGS: ReadonlyMap<number, string> = new Map([
  [0x02, "Microsoft ADPCM"],
  [0x11, "IMA ADPCM"],
  [0x31, "GSM 6.10"],
  [0x40, "G.721"],
  [0x45, "G.726"],
  [0x50, "MP2"],
  [0x55, "MP3"],
  [0xff, "AAC"],
  [0x161, "WMA"],
  [0x162, "WMA"],
  [0x163, "WMA"],
  [0x1610, "AAC"],
  [0x674f, "Vorbis"],
  [0x704f, "Opus"],
  [0xf1ac, "FLAC"],
]);
/** Below, no speech can be told apart; above, no player goes. */
const MIN_RATE_HZ = 1_000;
const MAX_RATE_HZ = 768_000;

/**
 * Reads a format description.
 *
 * @throws {EarshotError} `audio.invalid_wav`, saying what is wrong and what would be right
 */
export function readWaveFormat(
  bytes: Uint8Array,
  { littleEndian, file }: { readonly littleEndian: boolean; readonly file: string | undefined },
): WaveFormat {
  if (bytes.length < LEAST_FORMAT_BYTES) throw unreadableSound("its format description is too short");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const announcedTag = view.getUint16(0, littleEndian);
  // The extensible form has the real tag as the first two bytes of its sub-format.
  const tag = announcedTag === EXTENSIBLE && bytes.length >= FORMAT_BYTES
    ? view.getUint16(24, littleEndian)
    : announcedTag;
  const encoding = ENCODINGS.get(tag);
  if (encoding === undefined) {
    const other = OTHER_ENCODINGS.get(tag);
    const state = other === undefined
      ? `its encoding (tag ${tag}) is none that is known here`
      : `it is a WAV with ${other} inside`;
    throw unreadableSound(`${state}; ${convertWith(file)}`);
  }
  const channels = view.getUint16(2, littleEndian);
  if (channels === 0) throw unreadableSound("its format description names 0 channels");
  const sampleRateHz = view.getUint32(4, littleEndian);
  if (sampleRateHz < MIN_RATE_HZ || sampleRateHz > MAX_RATE_HZ) {
    throw unreadableSound(
      `its format description names ${sampleRateHz} samples a second; ${MIN_RATE_HZ} to ${MAX_RATE_HZ} are read`,
    );
  }
  const bits = view.getUint16(14, littleEndian);
  const sampleBytes = sampleBytesOf({ bits, blockBytes: view.getUint16(12, littleEndian), channels });
  if (!SAMPLE_BYTES[encoding].includes(sampleBytes)) {
    throw unreadableSound(`it has ${bits} bits a sample as ${encoding}; ${convertWith(file)}`);
  }
  return { encoding, channels, sampleRateHz, sampleBytes, littleEndian };
}

/** A sample may have fewer bits than its place, as 20 in 24 or 24 in 32: the place counts. */
function sampleBytesOf(
  { bits, blockBytes, channels }: {
    readonly bits: number;
    readonly blockBytes: number;
    readonly channels: number;
  },
): number {
  const leastBytes = Math.ceil(bits / 8);
  const placeBytes = blockBytes / channels;
  return Number.isInteger(placeBytes) && placeBytes >= leastBytes && placeBytes <= 8
    ? placeBytes
    : leastBytes;
}
