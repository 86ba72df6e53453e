import { OggOpusMuxer, OpusEncoder } from "../../lib/audio/mod.ts";

/** How a sample is written in a {@linkcode waveFile}. */
export type WaveEncoding = "u8" | "s16" | "s24" | "s32" | "f32" | "f64" | "aLaw" | "muLaw";

/** What a WAVE file is made of. */
export interface WaveFileOptions {
  /** The sound of each channel, from -1 to 1 unless the test wants another scale. */
  readonly channels: readonly (readonly number[] | Float32Array)[];
  readonly rateHz?: number;
  readonly encoding?: WaveEncoding;
  readonly container?: "RIFF" | "RIFX" | "RF64" | "W64";
  /** Whether the format is described in the long form. */
  readonly extensible?: boolean;
  /** Another tag than that of the encoding. */
  readonly tag?: number;
  /** The size that the sound announces, instead of its own. */
  readonly dataBytes?: number;
  /** Chunks before the format description, and behind the sound. */
  readonly before?: readonly (readonly [id: string, content: Uint8Array])[];
  readonly behind?: readonly (readonly [id: string, content: Uint8Array])[];
  /** Whether content of an odd size is padded, as it has to be. */
  readonly padded?: boolean;
}

const TAGS: Readonly<Record<WaveEncoding, number>> = {
  u8: 1,
  s16: 1,
  s24: 1,
  s32: 1,
  f32: 3,
  f64: 3,
  aLaw: 6,
  muLaw: 7,
};
const BYTES: Readonly<Record<WaveEncoding, number>> = {
  u8: 1,
  s16: 2,
  s24: 3,
  s32: 4,
  f32: 4,
  f64: 8,
  aLaw: 1,
  muLaw: 1,
};
const W64_TAIL = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
const W64_RIFF_TAIL = [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0, 0];

/** A WAVE file of any kind, right or wrong. */
export function waveFile(options: WaveFileOptions): Uint8Array<ArrayBuffer> {
  const { channels, rateHz = 16_000, encoding = "s16", container = "RIFF", padded = true } = options;
  const little = container !== "RIFX";
  const chunk = (id: string, content: Uint8Array, announced = content.length): Uint8Array[] => {
    if (container === "W64") {
      const head = joinBytes([ascii(id), Uint8Array.from(W64_TAIL), uint(8, announced + 24)]);
      return [head, content, new Uint8Array(-content.length & 7)];
    }
    return [ascii(id), uint(4, announced, little), content, new Uint8Array(padded ? content.length % 2 : 0)];
  };
  const data = encodeSamples(channels, encoding, little);
  const announced = options.dataBytes ?? (container === "RF64" ? 0xffff_ffff : data.length);
  const body = joinBytes([
    ...(container === "RF64"
      ? chunk("ds64", joinBytes([uint(8, data.length + 100), uint(8, data.length), uint(12, 0)]))
      : []),
    ...(options.before ?? []).flatMap(([id, content]) => chunk(id, content)),
    ...chunk("fmt ", formatOf({ ...options, rateHz, encoding }, little)),
    ...chunk("data", data, announced),
    ...(options.behind ?? []).flatMap(([id, content]) => chunk(id, content)),
  ]);
  if (container === "W64") {
    const riff = joinBytes([ascii("riff"), Uint8Array.from(W64_RIFF_TAIL), uint(8, body.length + 40)]);
    return joinBytes([riff, ascii("wave"), Uint8Array.from(W64_TAIL), body]);
  }
  const size = container === "RF64" ? 0xffff_ffff : body.length + 4;
  return joinBytes([ascii(container), uint(4, size, little), ascii("WAVE"), body]);
}

/** An Ogg Opus file of 16 kHz mono sound. */
export function oggOpusFile(
  pcm: Int16Array,
  { serial = 1, pageMs = 200 }: { readonly serial?: number; readonly pageMs?: number } = {},
): Uint8Array<ArrayBuffer> {
  const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
  const muxer = new OggOpusMuxer({ pageMs, serial });
  const pages = [muxer.head(16_000)];
  for (let at = 0; at < pcm.length; at += 960) {
    const frame = new Int16Array(960);
    frame.set(pcm.subarray(at, at + 960));
    const page = muxer.push(encoder.encode(frame), 60);
    if (page !== undefined) pages.push(page);
  }
  pages.push(muxer.end());
  encoder.close();
  return joinBytes(pages);
}

/** Bytes one after the other. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Bytes as a source gives them, in pieces of that size; `onRead` hears how many were asked for. */
export async function* inPieces(
  bytes: Uint8Array,
  size = bytes.length,
  onRead?: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    onRead?.(Math.min(at + size, bytes.length));
    yield bytes.slice(at, at + size);
  }
}

function formatOf(
  { channels, rateHz = 16_000, encoding = "s16", extensible = false, tag = TAGS[encoding] }: WaveFileOptions,
  little: boolean,
): Uint8Array {
  const bytes = BYTES[encoding];
  const align = channels.length * bytes;
  const plain = [
    uint(2, extensible ? 0xfffe : tag, little),
    uint(2, channels.length, little),
    uint(4, rateHz, little),
    uint(4, rateHz * align, little),
    uint(2, align, little),
    uint(2, bytes * 8, little),
  ];
  if (!extensible) return joinBytes(plain);
  const more = [uint(2, 22, little), uint(2, bytes * 8, little), uint(4, 0, little), uint(2, tag, little)];
  return joinBytes([
    ...plain,
    ...more,
    Uint8Array.from([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]),
  ]);
}

function encodeSamples(
  channels: WaveFileOptions["channels"],
  encoding: WaveEncoding,
  little: boolean,
): Uint8Array<ArrayBuffer> {
  const bytes = BYTES[encoding];
  const frames = channels[0]?.length ?? 0;
  const view = new DataView(new ArrayBuffer(frames * channels.length * bytes));
  for (let frame = 0; frame < frames; frame++) {
    for (const [index, channel] of channels.entries()) {
      writeSample(view, (frame * channels.length + index) * bytes, {
        value: channel[frame] ?? 0,
        encoding,
        little,
      });
    }
  }
  return new Uint8Array(view.buffer);
}

function writeSample(
  view: DataView,
  at: number,
  { value, encoding, little }: {
    readonly value: number;
    readonly encoding: WaveEncoding;
    readonly little: boolean;
  },
): void {
  const integer = (bits: number) =>
    Math.max(-(2 ** (bits - 1)), Math.min(2 ** (bits - 1) - 1, Math.round(value * 2 ** (bits - 1))));
  switch (encoding) {
    case "u8":
      return view.setUint8(at, integer(8) + 128);
    case "s16":
      return view.setInt16(at, integer(16), little);
    case "s24": {
      const whole = integer(24) & 0xff_ffff;
      view.setUint16(little ? at : at + 1, whole & 0xffff, little);
      return view.setUint8(little ? at + 2 : at, whole >> 16);
    }
    case "s32":
      return view.setInt32(at, integer(32), little);
    case "f32":
      return view.setFloat32(at, value, little);
    case "f64":
      return view.setFloat64(at, value, little);
    case "aLaw":
      return view.setUint8(at, nearestCode(aLawOf, integer(16)));
    case "muLaw":
      return view.setUint8(at, nearestCode(muLawOf, integer(16)));
  }
}

/** The code whose value by the standard is nearest: slow, plain, and not made as the reader is. */
function nearestCode(valueOf: (code: number) => number, sample: number): number {
  let nearest = 0;
  for (let code = 1; code < 256; code++) {
    if (Math.abs(valueOf(code) - sample) < Math.abs(valueOf(nearest) - sample)) nearest = code;
  }
  return nearest;
}

/** As the C of ITU-T G.191 has it. */
function aLawOf(code: number): number {
  const inverted = code ^ 0x55;
  let magnitude = (inverted & 0x0f) << 4;
  const segment = (inverted & 0x70) >> 4;
  if (segment === 0) magnitude += 8;
  else magnitude = (magnitude + 0x108) << (segment - 1);
  return inverted & 0x80 ? magnitude : -magnitude;
}

function muLawOf(code: number): number {
  const inverted = ~code & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4);
  return inverted & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
}

function uint(bytes: number, value: number, little = true): Uint8Array {
  const field = new Uint8Array(bytes);
  let rest = value;
  for (let i = 0; i < bytes; i++) {
    field[little ? i : bytes - 1 - i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return field;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
