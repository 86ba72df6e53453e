import {
  type AudioChunk,
  MAX_OPUS_PACKET_BYTES,
  OpusDecoder,
  opusPacketDurationMs,
} from "../../audio/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import type { Scope } from "../../lifecycle/mod.ts";
import type { SessionCounters } from "../counters.ts";
import type { SessionContext } from "../session_context.ts";

/** Options of a {@linkcode PacketDecoder}. */
export interface PacketDecoderOptions extends Pick<SessionContext, "scope" | "counters"> {
  /** Whether packets are decoded at first. */
  readonly decode: boolean;
}

/**
 * Makes chunks of a device's packets: decoded once, and numbered in the order in which they come, since no transport
 * reorders them and time stamps are no clock. A packet that cannot be decoded costs a counter and nothing else.
 */
export class PacketDecoder {
  /** Whether somebody downstream needs PCM; otherwise packets pass undecoded. */
  decode: boolean;
  // With many devices, each step on the way to a field is a wait for memory: what a packet needs is at hand.
  readonly #scope: Scope;
  readonly #counters: SessionCounters;
  #decoder: OpusDecoder | undefined;
  #seq = 0;

  /** Opens the Opus decoder with the first packet that needs it. */
  constructor({ scope, counters, decode }: PacketDecoderOptions) {
    this.#scope = scope;
    this.#counters = counters;
    this.decode = decode;
  }

  /** The chunk of one Opus packet that came at `receivedMs`; `undefined` when it is no sound. */
  push(opus: Uint8Array, receivedMs: number): AudioChunk | undefined {
    const durationMs = opusPacketDurationMs(opus);
    if (durationMs === undefined || opus.length > MAX_OPUS_PACKET_BYTES) return this.#undecodable();
    if (!this.decode) return { seq: this.#next(), receivedMs, durationMs, opus };
    try {
      const pcm = this.#openDecoder().decode(opus);
      return { seq: this.#next(), receivedMs, durationMs, opus, pcm };
    } catch (thrown) {
      if (EarshotError.from(thrown).code !== "audio.decode") throw thrown;
      return this.#undecodable();
    }
  }

  #next(): number {
    this.#counters.audioChunks++;
    return this.#seq++;
  }

  #undecodable(): undefined {
    this.#counters.audioUndecodable++;
  }

  #openDecoder(): OpusDecoder {
    if (this.#decoder !== undefined) return this.#decoder;
    const decoder = this.#decoder = new OpusDecoder();
    this.#scope.own("opus decoder", () => decoder.close());
    return decoder;
  }
}
