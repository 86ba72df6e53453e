import { EarshotError } from "../errors/mod.ts";
import { libopus, MAX_PACKET_BYTES } from "./libopus.ts";
import { opusPacketDurationMs } from "./opus_packet.ts";

/** Options of an {@linkcode OpusDecoder}. */
export interface OpusDecoderOptions {
  /** Samples a second that it gives: 8000, 12000, 16000, 24000 or 48000. Default 16000. */
  readonly sampleRateHz?: number;
  /** Channels that it gives; stereo packets are mixed down to one. Default 1. */
  readonly channels?: 1 | 2;
}

/**
 * Decodes the Opus packets of one sender. It has state, so every packet must be given once and in order.
 * Its memory lies outside of the garbage collector's reach: close it.
 */
export class OpusDecoder {
  readonly #sampleRateHz: number;
  readonly #channels: number;
  #pointer: number;

  /** Throws `RangeError` for a rate that Opus does not have. */
  constructor(options: OpusDecoderOptions = {}) {
    const { sampleRateHz = 16_000, channels = 1 } = options;
    this.#sampleRateHz = sampleRateHz;
    this.#channels = channels;
    const opus = libopus();
    this.#pointer = opus.calls.malloc(opus.calls.opus_decoder_get_size(channels));
    const result = this.#init();
    if (result >= 0) return;
    this.close();
    throw new RangeError(`Cannot open an Opus decoder for ${sampleRateHz} Hz: ${opus.explain(result)}`);
  }

  /** What comes next does not follow what came before. */
  reset(): void {
    if (this.#pointer !== 0) this.#init();
  }

  /** The packet's samples, exactly as many as it sounds for. Throws `audio.decode`; the next one decodes again. */
  decode(packet: Uint8Array): Int16Array<ArrayBuffer> {
    const durationMs = opusPacketDurationMs(packet);
    if (durationMs === undefined) throw undecodable("it is not an Opus packet");
    if (this.#pointer === 0) throw new TypeError("Cannot decode: the decoder is closed");
    if (packet.length > MAX_PACKET_BYTES) throw undecodable(`it has ${packet.length} bytes`);
    const opus = libopus();
    opus.writePacket(packet);
    const decoded = opus.calls.opus_decode(
      this.#pointer,
      opus.packetPointer,
      packet.length,
      opus.samplesPointer,
      Math.round(durationMs * this.#sampleRateHz / 1_000),
      0, // no error correction
    );
    if (decoded < 0) throw undecodable(opus.explain(decoded));
    return opus.readSamples(decoded * this.#channels);
  }

  #init(): number {
    return libopus().calls.opus_decoder_init(this.#pointer, this.#sampleRateHz, this.#channels);
  }

  /** Frees its memory. May be called twice. */
  close(): void {
    if (this.#pointer !== 0) libopus().calls.free(this.#pointer);
    this.#pointer = 0;
  }
}

function undecodable(state: string): EarshotError {
  return new EarshotError("audio.decode", `Cannot decode the packet: ${state}`);
}
