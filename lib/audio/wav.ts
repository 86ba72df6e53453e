import { EarshotError } from "../errors/mod.ts";
import { mixToMono, toPcm16 } from "./pcm.ts";
import { resample } from "./resample.ts";

/** What a WAV file holds. */
export interface WavSound {
  /** Samples a second. */
  readonly sampleRateHz: number;
  /** How many channels are interleaved. */
  readonly channels: number;
  /** Interleaved samples of -1 to 1. */
  readonly samples: Float32Array<ArrayBuffer>;
}

interface Format {
  readonly encoding: "pcm" | "float";
  readonly channels: number;
  readonly sampleRateHz: number;
  readonly bits: number;
}

const ENCODINGS: ReadonlyMap<number, Format["encoding"]> = new Map([[1, "pcm"], [3, "float"]]);
const EXTENSIBLE = 0xfffe;
const HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Programs that stream a WAV announce 0, or a size from here on: 0x7FFFF000, 0x80000000, 0xFFFFFFFF. */
const STREAMED_FROM_BYTES = 0x7fff_f000;
const MIN_RATE_HZ = 8_000;
const MAX_RATE_HZ = 48_000;

/**
 * Reads a RIFF/WAVE file: 16, 24 or 32 bit PCM or 32 bit float, mono or stereo, 8 to 48 kHz. A length of 0 or
 * of about 2 GiB and more, as programs write that stream a WAV, means all that follows.
 *
 * @throws {EarshotError} `audio.invalid_wav`, saying what is wrong and what would be right
 */
export function readWav(bytes: Uint8Array): WavSound {
  if (bytes.length === 0) throw invalid("it is empty");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || name(bytes, 0) !== "RIFF" || name(bytes, 8) !== "WAVE") {
    throw invalid("it does not begin as a RIFF/WAVE file does");
  }
  let format: Format | undefined;
  for (let at = HEADER_BYTES; at + CHUNK_HEADER_BYTES <= bytes.length;) {
    const id = name(bytes, at);
    const announcedBytes = view.getUint32(at + 4, true);
    const start = at + CHUNK_HEADER_BYTES;
    const leftBytes = bytes.length - start;
    if (id === "fmt ") {
      if (announcedBytes > leftBytes) throw invalid("it ends inside its format description");
      format = readFormat(view, { start, sizeBytes: announcedBytes });
    } else if (id === "data") {
      if (format === undefined) throw invalid("its sound comes before its format description");
      if (announcedBytes > leftBytes && announcedBytes < STREAMED_FROM_BYTES) {
        throw invalid(`it is cut short: it announces ${announcedBytes} bytes of sound and has ${leftBytes}`);
      }
      const sizeBytes = announcedBytes === 0 ? leftBytes : Math.min(announcedBytes, leftBytes);
      return readSamples(view, { format, start, sizeBytes });
    }
    at = start + announcedBytes + announcedBytes % 2; // chunks begin at even places
  }
  throw invalid(format === undefined ? "it has no format description" : "it has no sound");
}

/**
 * Reads a WAV file as 16-bit mono of one rate, mixed and resampled where needed.
 *
 * @throws {EarshotError} `audio.invalid_wav`
 */
export function readWavAsPcm16(bytes: Uint8Array, sampleRateHz = 16_000): Int16Array<ArrayBuffer> {
  const sound = readWav(bytes);
  return toPcm16(resample(mixToMono(sound.samples, sound.channels), sound.sampleRateHz, sampleRateHz));
}

/** A WAV file of 16-bit mono samples. */
export function writeWav(pcm: Int16Array, sampleRateHz: number): Uint8Array<ArrayBuffer> {
  const dataBytes = pcm.length * 2;
  const view = new DataView(new ArrayBuffer(44 + dataBytes));
  const text = (at: number, value: string) => {
    for (let i = 0; i < value.length; i++) view.setUint8(at + i, value.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, 36 + dataBytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, dataBytes, true);
  for (let i = 0; i < pcm.length; i++) view.setInt16(44 + i * 2, pcm[i] ?? 0, true);
  return new Uint8Array(view.buffer);
}

function readFormat(view: DataView, place: { readonly start: number; readonly sizeBytes: number }): Format {
  const { start, sizeBytes } = place;
  if (sizeBytes < 16) throw invalid("its format description is too short");
  const tag = view.getUint16(start, true);
  // The extensible form has the real tag as the first two bytes of its sub-format.
  const realTag = tag === EXTENSIBLE && sizeBytes >= 40 ? view.getUint16(start + 24, true) : tag;
  const encoding = ENCODINGS.get(realTag);
  if (encoding === undefined) {
    throw invalid(`its encoding (tag ${realTag}) is not supported; PCM (1) and float (3) are`);
  }
  const channels = view.getUint16(start + 2, true);
  if (channels !== 1 && channels !== 2) throw invalid(`it has ${channels} channels; 1 or 2 are supported`);
  const sampleRateHz = view.getUint32(start + 4, true);
  if (sampleRateHz < MIN_RATE_HZ || sampleRateHz > MAX_RATE_HZ) {
    throw invalid(`it has ${sampleRateHz} samples a second; ${MIN_RATE_HZ} to ${MAX_RATE_HZ} are supported`);
  }
  const bits = view.getUint16(start + 14, true);
  const supported = encoding === "pcm" ? [16, 24, 32] : [32];
  if (!supported.includes(bits)) {
    throw invalid(`it has ${bits} bits a sample; ${supported.join(", ")} are supported for ${encoding}`);
  }
  return { encoding, channels, sampleRateHz, bits };
}

function readSamples(
  view: DataView,
  data: { readonly format: Format; readonly start: number; readonly sizeBytes: number },
): WavSound {
  const { format: { encoding, channels, sampleRateHz, bits }, start, sizeBytes } = data;
  const sampleBytes = bits / 8;
  const count = Math.floor(sizeBytes / (sampleBytes * channels)) * channels;
  const samples = new Float32Array(count);
  const read = sampleReader(view, { encoding, bits });
  for (let i = 0; i < count; i++) samples[i] = read(start + i * sampleBytes);
  return { sampleRateHz, channels, samples };
}

function sampleReader(view: DataView, format: Pick<Format, "encoding" | "bits">): (at: number) => number {
  if (format.encoding === "float") {
    return (at) => {
      const value = view.getFloat32(at, true);
      return Number.isFinite(value) ? value : 0;
    };
  }
  if (format.bits === 16) return (at) => view.getInt16(at, true) / 2 ** 15;
  if (format.bits === 24) {
    return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23;
  }
  return (at) => view.getInt32(at, true) / 2 ** 31;
}

function name(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function invalid(state: string): EarshotError {
  return new EarshotError("audio.invalid_wav", `Cannot read the WAV: ${state}`);
}
