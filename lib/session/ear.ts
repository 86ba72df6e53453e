import {
  type AudioBuffer,
  type AudioChunk,
  MAX_OPUS_PACKET_BYTES,
  OpusDecoder,
  opusPacketDurationMs,
} from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { SessionCounters } from "./counters.ts";

/** Options of an {@linkcode Ear}. */
export interface EarOptions {
  /** Owns the decoder. */
  readonly scope: Scope;
  /** Where every chunk is kept. */
  readonly buffer: AudioBuffer;
  /** The time source. */
  readonly clock: Clock;
  /** What the process counts. */
  readonly counters: SessionCounters;
  /** Whether somebody downstream needs PCM; without it packets pass undecoded. */
  readonly decode: boolean;
  /** Told of every chunk after it was kept. */
  readonly onChunk: (chunk: AudioChunk) => void;
}

/**
 * The one place where a device's packets become sound: decoded once, numbered and kept in the order in which they come,
 * since no transport reorders them and time stamps are no clock. A packet that cannot be decoded costs a counter and
 * nothing else.
 */
export class Ear {
  // What each packet needs is at hand: with many devices, every step on the way to it is a wait for memory.
  readonly #buffer: AudioBuffer;
  readonly #clock: Clock;
  readonly #counters: SessionCounters;
  readonly #onChunk: (chunk: AudioChunk) => void;
  readonly #scope: Scope;
  #decoder: OpusDecoder | undefined;
  /** Whether packets are decoded from now on. */
  decode: boolean;
  #seq = 0;

  /** Opens the decoder with the first packet that needs it. */
  constructor({ scope, buffer, clock, counters, decode, onChunk }: EarOptions) {
    this.#buffer = buffer;
    this.#clock = clock;
    this.#counters = counters;
    this.#onChunk = onChunk;
    this.#scope = scope;
    this.decode = decode;
  }

  /** Takes one Opus packet; whether it is sound. */
  hear(opus: Uint8Array): boolean {
    const durationMs = opusPacketDurationMs(opus);
    if (durationMs === undefined || opus.length > MAX_OPUS_PACKET_BYTES) return this.#undecodable();
    try {
      this.#keep(opus, durationMs, this.decode ? this.#openDecoder().decode(opus) : undefined);
      return true;
    } catch (thrown) {
      if (EarshotError.from(thrown).code !== "audio.decode") throw thrown;
      return this.#undecodable();
    }
  }

  #openDecoder(): OpusDecoder {
    if (this.#decoder !== undefined) return this.#decoder;
    const decoder = this.#decoder = new OpusDecoder();
    this.#scope.own("opus decoder", () => decoder.close());
    return decoder;
  }

  #undecodable(): false {
    this.#counters.audioUndecodable++;
    return false;
  }

  #keep(opus: Uint8Array, durationMs: number, pcm: Int16Array | undefined): void {
    const receivedMs = this.#clock.nowMs();
    const seq = this.#seq++;
    const chunk: AudioChunk = pcm === undefined
      ? { seq, receivedMs, durationMs, opus }
      : { seq, receivedMs, durationMs, opus, pcm };
    this.#counters.audioChunks++;
    this.#buffer.push(chunk);
    this.#onChunk(chunk);
  }
}
