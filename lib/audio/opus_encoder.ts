import { EarshotError } from "../errors/mod.ts";
import { libopus, MAX_PACKET_BYTES } from "./libopus.ts";

/** The encoder's settings in libopus (opus_defines.h). */
const CTL = {
  bitrate: 4_002,
  complexity: 4_010,
  dtx: 4_016,
  reset: 4_028,
} as const;
/** What libopus tunes itself for: speech. */
const APPLICATION_VOIP = 2_048;
/** Twice as fast as 10. */
const COMPLEXITY = 5;
const FRAME_DURATIONS_MS = [2.5, 5, 10, 20, 40, 60, 80, 100, 120];

/** Options of an {@linkcode OpusEncoder}. */
export interface OpusEncoderOptions {
  /** Samples a second that it takes: 8000, 12000, 16000, 24000 or 48000. */
  readonly sampleRateHz: number;
  /** Channels that it takes. Default 1. */
  readonly channels?: 1 | 2;
  /** Bits a second; libopus chooses by itself if not given. */
  readonly bitrateBps?: number;
  /** How much work a packet is: 0 (fast) to 10 (best). Default 5. */
  readonly complexity?: number;
  /** Whether silence becomes packets of 1 to 3 bytes. Default false. */
  readonly dtx?: boolean;
}

/** Encodes one sender's sound. Its memory lies outside of the garbage collector's reach: close it. */
export class OpusEncoder {
  readonly #sampleRateHz: number;
  readonly #channels: number;
  #pointer: number;

  /** Throws `RangeError` for a setting that Opus does not have. */
  constructor(options: OpusEncoderOptions) {
    const { sampleRateHz, channels = 1 } = options;
    this.#sampleRateHz = sampleRateHz;
    this.#channels = channels;
    const { calls } = libopus();
    this.#pointer = calls.malloc(calls.opus_encoder_get_size(channels));
    this.#check(calls.opus_encoder_init(this.#pointer, sampleRateHz, channels, APPLICATION_VOIP));
    this.#set(CTL.complexity, options.complexity ?? COMPLEXITY);
    if (options.bitrateBps !== undefined) this.#set(CTL.bitrate, options.bitrateBps);
    if (options.dtx) this.#set(CTL.dtx, 1);
  }

  /** How much work a packet is from now on: 0 (fast) to 10 (best). Throws `RangeError` for any other, and is closed then. */
  setComplexity(complexity: number): void {
    if (this.#pointer === 0) throw new TypeError("Cannot change the complexity: the encoder is closed");
    this.#set(CTL.complexity, complexity);
  }

  /** Forgets what it has encoded: its next packet is the first one of a stream. */
  reset(): void {
    if (this.#pointer === 0) throw new TypeError("Cannot begin anew: the encoder is closed");
    this.#set(CTL.reset, 0);
  }

  /** One packet of interleaved samples that sound for 2.5 to 120 ms. Throws `audio.encode` for another length. */
  encode(pcm: Int16Array): Uint8Array<ArrayBuffer> {
    if (this.#pointer === 0) throw new TypeError("Cannot encode: the encoder is closed");
    const frames = pcm.length / this.#channels;
    if (!FRAME_DURATIONS_MS.includes(frames * 1_000 / this.#sampleRateHz)) {
      throw new EarshotError("audio.encode", `Cannot encode ${frames} samples: no Opus packet is that long`);
    }
    const opus = libopus();
    opus.writeSamples(pcm);
    const sizeBytes = opus.calls.opus_encode(
      this.#pointer,
      opus.samplesPointer,
      frames,
      opus.packetPointer,
      MAX_PACKET_BYTES,
    );
    if (sizeBytes < 0) throw new EarshotError("audio.encode", `Cannot encode: ${opus.explain(sizeBytes)}`);
    return opus.readPacket(sizeBytes);
  }

  /** Frees its memory. May be called twice. */
  close(): void {
    if (this.#pointer !== 0) libopus().calls.free(this.#pointer);
    this.#pointer = 0;
  }

  #set(setting: number, value: number): void {
    this.#check(libopus().calls.opus_encoder_ctl_set(this.#pointer, setting, value));
  }

  #check(result: number): void {
    if (result >= 0) return;
    this.close();
    throw new RangeError(`Cannot open an Opus encoder: ${libopus().explain(result)}`);
  }
}
