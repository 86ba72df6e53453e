/** What is used of libopus (opus.h); the last call is variadic in C, which whole numbers do not notice. */
const SYMBOLS = {
  opus_encoder_create: { parameters: ["i32", "i32", "i32", "buffer"], result: "pointer" },
  opus_encode: { parameters: ["pointer", "buffer", "i32", "buffer", "i32"], result: "i32" },
  opus_encoder_destroy: { parameters: ["pointer"], result: "void" },
  opus_decoder_create: { parameters: ["i32", "i32", "buffer"], result: "pointer" },
  opus_decode: { parameters: ["pointer", "buffer", "i32", "buffer", "i32", "i32"], result: "i32" },
  opus_decoder_destroy: { parameters: ["pointer"], result: "void" },
  opus_encoder_ctl: { parameters: ["pointer", "i32", "i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const NAMES = { linux: "libopus.so.0", darwin: "libopus.0.dylib", windows: "opus.dll" } as const;
const VOIP = 2_048;
const SET_COMPLEXITY = 4_010;
const MAX_PACKET_BYTES = 7_664;
const MAX_SAMPLES = 5_760;

/** Encodes and decodes 16 kHz mono as `lib/audio/` does, by the system's own libopus. */
export interface NativeOpus extends Disposable {
  /** A packet, as a copy. */
  encode(pcm: Int16Array): Uint8Array<ArrayBuffer>;
  /** Its samples, as a copy. */
  decode(packet: Uint8Array<ArrayBuffer>): Int16Array<ArrayBuffer>;
}

/** The system's libopus; `undefined` where it is not installed (Debian: `libopus0`). */
export function openNativeOpus(): NativeOpus | undefined {
  const name = Object.entries(NAMES).find(([os]) => os === Deno.build.os)?.[1] ?? NAMES.linux;
  let library: Deno.DynamicLibrary<typeof SYMBOLS>;
  try {
    library = Deno.dlopen(name, SYMBOLS);
  } catch {
    return undefined;
  }
  const { symbols: opus } = library;
  const failure = new Uint8Array(4);
  const encoder = opus.opus_encoder_create(16_000, 1, VOIP, failure);
  const decoder = opus.opus_decoder_create(16_000, 1, failure);
  opus.opus_encoder_ctl(encoder, SET_COMPLEXITY, 5);
  const packet = new Uint8Array(MAX_PACKET_BYTES);
  const samples = new Int16Array(MAX_SAMPLES);
  return {
    encode(pcm) {
      const frame = new Int16Array(pcm);
      const sizeBytes = opus.opus_encode(encoder, frame, frame.length, packet, packet.length);
      if (sizeBytes < 0) throw new Error(`Cannot encode: libopus says ${sizeBytes}`);
      return packet.slice(0, sizeBytes);
    },
    decode(bytes) {
      const count = opus.opus_decode(decoder, bytes, bytes.length, samples, MAX_SAMPLES, 0);
      if (count < 0) throw new Error(`Cannot decode: libopus says ${count}`);
      return samples.slice(0, count);
    },
    [Symbol.dispose]() {
      opus.opus_encoder_destroy(encoder);
      opus.opus_decoder_destroy(decoder);
      library.close();
    },
  };
}
