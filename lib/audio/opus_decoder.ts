import { EarshotError } from "../errors/mod.ts";
import { libopus, MAX_PACKET_BYTES } from "./libopus.ts";
import { MAX_PACKET_MS, opusPacketDurationMs } from "./opus_packet.ts";

/** The shortest frame of Opus; libopus conceals whole numbers of it. */
const STEP_MS = 2.5;

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
    const result = opus.calls.opus_decoder_init(this.#pointer, sampleRateHz, channels);
    if (result >= 0) return;
    this.close();
    throw new RangeError(`Cannot open an Opus decoder for ${sampleRateHz} Hz: ${opus.explain(result)}`);
  }

  /** The packet's samples, exactly as many as it sounds for. Throws `audio.decode`; the next one decodes again. */
  decode(packet: Uint8Array): Int16Array<ArrayBuffer> {
    const durationMs = opusPacketDurationMs(packet);
    if (durationMs === undefined) throw undecodable("it is not an Opus packet");
    return this.#decode(packet, { durationMs, recover: false });
  }

  /** Sound that hides a lost packet of `durationMs`. Throws `RangeError` for a duration that no packet has. */
  conceal(durationMs: number): Int16Array<ArrayBuffer> {
    requirePacketDuration(durationMs);
    return this.#decode(undefined, { durationMs, recover: false });
  }

  /**
   * The packet of `durationMs` that was lost before `next`, as far as `next` carries it (FEC). Throws
   * `audio.decode`, and `RangeError` for a duration that no packet has.
   */
  recover(next: Uint8Array, durationMs: number): Int16Array<ArrayBuffer> {
    requirePacketDuration(durationMs);
    if (next.length === 0) throw undecodable("it is empty");
    return this.#decode(next, { durationMs, recover: true });
  }

  /** Frees its memory. May be called twice. */
  close(): void {
    if (this.#pointer !== 0) libopus().calls.free(this.#pointer);
    this.#pointer = 0;
  }

  #decode(
    packet: Uint8Array | undefined,
    options: { readonly durationMs: number; readonly recover: boolean },
  ): Int16Array<ArrayBuffer> {
    if (this.#pointer === 0) throw new TypeError("Cannot decode: the decoder is closed");
    const sizeBytes = packet?.length ?? 0;
    if (sizeBytes > MAX_PACKET_BYTES) throw undecodable(`it has ${sizeBytes} bytes`);
    const opus = libopus();
    if (packet !== undefined) opus.writePacket(packet);
    const frames = Math.round(options.durationMs * this.#sampleRateHz / 1_000);
    const decoded = opus.calls.opus_decode(
      this.#pointer,
      packet === undefined ? 0 : opus.packetPointer, // a null packet asks for concealment
      sizeBytes,
      opus.samplesPointer,
      frames,
      options.recover ? 1 : 0,
    );
    if (decoded < 0) throw undecodable(opus.explain(decoded));
    return opus.readSamples(decoded * this.#channels);
  }
}

/** libopus fills as much as it is asked for, and the memory for it holds one packet. */
function requirePacketDuration(durationMs: number): void {
  if (durationMs > 0 && durationMs <= MAX_PACKET_MS && durationMs % STEP_MS === 0) return;
  throw new RangeError(
    `Cannot conceal ${durationMs} ms: only steps of ${STEP_MS} ms up to ${MAX_PACKET_MS} ms are possible`,
  );
}

function undecodable(state: string): EarshotError {
  return new EarshotError("audio.decode", `Cannot decode the packet: ${state}`);
}
