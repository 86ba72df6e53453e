/** What a WAV of 16 bit PCM with the plain header holds. */
export interface PlainWav {
  readonly channels: number;
  readonly sampleRateHz: number;
  /** Interleaved, from -1 to 1. */
  readonly samples: Float32Array<ArrayBuffer>;
}

const HEADER_BYTES = 44;

/** Reads a WAV as a strict service does; anything unusual is a `TypeError`. */
export function readPlainWav(bytes: Uint8Array): PlainWav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const letters = (at: number, length: number) => String.fromCharCode(...bytes.subarray(at, at + length));
  const plain = letters(0, 4) === "RIFF" && letters(8, 8) === "WAVEfmt " && letters(36, 4) === "data" &&
    view.getUint16(20, true) === 1 && view.getUint16(34, true) === 16;
  if (!plain) throw new TypeError("Cannot read the WAV: it is no plain one");
  const samples = new Float32Array(Math.floor((bytes.length - HEADER_BYTES) / 2));
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(HEADER_BYTES + i * 2, true) / 32_768;
  return { channels: view.getUint16(22, true), sampleRateHz: view.getUint32(24, true), samples };
}
