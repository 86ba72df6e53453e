import type { WaveFormat } from "./wave_format.ts";

/** Reads one sample at a byte as a number, from -1 to 1 unless it is a float of another scale. */
type ReadSample = (view: DataView, at: number) => number;

/** Samples of a WAVE file as numbers; bytes at the end that are no whole sample are left out. */
export function decodeWaveSamples(bytes: Uint8Array, format: WaveFormat): Float32Array<ArrayBuffer> {
  const { sampleBytes } = format;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const samples = new Float32Array(Math.floor(bytes.length / sampleBytes));
  const read = sampleReader(format);
  for (let i = 0; i < samples.length; i++) samples[i] = read(view, i * sampleBytes);
  return samples;
}

function sampleReader({ encoding, sampleBytes, littleEndian }: WaveFormat): ReadSample {
  switch (encoding) {
    case "aLaw":
      return (view, at) => A_LAW[view.getUint8(at)] ?? 0;
    case "muLaw":
      return (view, at) => MU_LAW[view.getUint8(at)] ?? 0;
    case "float":
      return sampleBytes === 4
        ? (view, at) => finite(view.getFloat32(at, littleEndian))
        : (view, at) => finite(view.getFloat64(at, littleEndian));
    case "pcm":
      return pcmReader(sampleBytes, littleEndian);
  }
}

function pcmReader(sampleBytes: number, littleEndian: boolean): ReadSample {
  switch (sampleBytes) {
    case 1: // the only one without a sign
      return (view, at) => (view.getUint8(at) - 128) / 2 ** 7;
    case 2:
      return (view, at) => view.getInt16(at, littleEndian) / 2 ** 15;
    case 3:
      return littleEndian
        ? (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23
        : (view, at) => (view.getInt16(at) * 2 ** 8 + view.getUint8(at + 2)) / 2 ** 23;
    default:
      return (view, at) => view.getInt32(at, littleEndian) / 2 ** 31;
  }
}

/** Broken floats are silence; one of 1e300 would be infinite as a float of 32 bits. */
function finite(value: number): number {
  return Math.abs(value) < 1e30 ? value : 0;
}

/** The values of G.711: 13 or 14 bits in 8, by a sign, an exponent of 3 bits and a mantissa of 4. */
const MU_LAW = Float32Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0xff;
  const magnitude = ((code & 0x0f) * 8 + 0x84) * 2 ** (code >> 4 & 7) - 0x84;
  return (code & 0x80 ? -magnitude : magnitude) / 2 ** 15;
});

const A_LAW = Float32Array.from({ length: 256 }, (_, byte) => {
  const code = byte ^ 0x55;
  const exponent = code >> 4 & 7;
  const mantissa = (code & 0x0f) * 16 + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) * 2 ** (exponent - 1);
  return (code & 0x80 ? magnitude : -magnitude) / 2 ** 15;
});
