import { EarshotError } from "../errors/mod.ts";
import { OpusDecoder } from "./opus_decoder.ts";

/** How many samples a ms of 16 kHz has. */
const SAMPLES_PER_MS = 16;

/** A packet to decode. */
export interface NumberedPacket {
  /** Its place in its device's sound. */
  readonly seq: number;
  /** How long it sounds, in ms. */
  readonly durationMs: number;
  readonly opus: Uint8Array;
}

/**
 * Decodes a device's packets, 16 kHz mono, also where some are left out: then what comes is heard without what was before.
 * Its decoder is opened with the first packet; close it.
 */
export class PacketDecoder {
  #decoder: OpusDecoder | undefined;
  #nextSeq = 0;
  #closed = false;

  /** The sound of a packet, silence where it cannot be decoded. Throws `TypeError` once closed. */
  decode({ seq, durationMs, opus }: NumberedPacket): Int16Array<ArrayBuffer> {
    if (this.#closed) throw new TypeError(`Cannot decode packet ${seq}: the decoder is closed`);
    this.#decoder ??= new OpusDecoder();
    if (seq !== this.#nextSeq) this.#decoder.reset();
    this.#nextSeq = seq + 1;
    try {
      return this.#decoder.decode(opus);
    } catch (thrown) {
      if (EarshotError.from(thrown).code !== "audio.decode") throw thrown;
      return new Int16Array(durationMs * SAMPLES_PER_MS);
    }
  }

  /** Frees the decoder. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#decoder?.close();
    this.#decoder = undefined;
  }
}
