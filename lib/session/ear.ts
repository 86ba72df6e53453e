import {
  type AudioBuffer,
  type AudioChunk,
  JitterBuffer,
  type JitterItem,
  MAX_OPUS_PACKET_BYTES,
  OpusDecoder,
  opusPacketDurationMs,
} from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { SessionCounters } from "./counters.ts";

const NO_BYTES = new Uint8Array(0);

/** How long a packet sounds with nearly every device; the jitter buffer starts from it. */
const USUAL_FRAME_MS = 60;

/** Options of an {@linkcode Ear}. */
export interface EarOptions {
  /** Owns the decoder and the jitter buffer. */
  readonly scope: Scope;
  /** Where every chunk is kept. */
  readonly buffer: AudioBuffer;
  /** The time source. */
  readonly clock: Clock;
  /** What the process counts. */
  readonly counters: SessionCounters;
  /** Whether somebody downstream needs PCM; without it packets pass undecoded. */
  readonly decode: boolean;
  /** For transports that may reorder: how long a gap is waited for, in ms. */
  readonly jitterMs?: number;
  /** Told of every chunk after it was kept. */
  readonly onChunk: (chunk: AudioChunk) => void;
}

/**
 * The one place where a device's packets become sound: put in order, decoded once, numbered, kept.
 * A packet that cannot be decoded costs a counter and nothing else.
 */
export class Ear {
  // What each packet needs is at hand: with many devices, every step on the way to it is a wait for memory.
  readonly #buffer: AudioBuffer;
  readonly #clock: Clock;
  readonly #counters: SessionCounters;
  readonly #onChunk: (chunk: AudioChunk) => void;
  readonly #decoder: OpusDecoder | undefined;
  readonly #jitter: JitterBuffer | undefined;
  readonly #originMs: number;
  #seq = 0;

  /** Opens the decoder and, where packets may be reordered, the jitter buffer. */
  constructor({ scope, buffer, clock, counters, decode, jitterMs, onChunk }: EarOptions) {
    this.#buffer = buffer;
    this.#clock = clock;
    this.#counters = counters;
    this.#onChunk = onChunk;
    this.#originMs = clock.nowMs();
    if (decode) {
      const decoder = new OpusDecoder();
      scope.own("opus decoder", () => decoder.close());
      this.#decoder = decoder;
    }
    if (jitterMs !== undefined) {
      const jitter = new JitterBuffer({
        clock,
        maxDelayMs: jitterMs,
        frameDurationMs: USUAL_FRAME_MS,
        onRelease: (item) => {
          if (item.type === "packet") this.#take(item.packet, item.timestampMs);
          else this.#conceal(item);
        },
      });
      scope.own("jitter buffer", () => jitter.close());
      this.#jitter = jitter;
    }
  }

  /** Takes one Opus packet; a time stamp of 0 is what firmware sends when it does not stamp. */
  hear(packet: Uint8Array, timestampMs = 0): void {
    if (this.#jitter !== undefined && timestampMs !== 0) {
      this.#jitter.push(packet, timestampMs);
    } else {
      this.#take(packet, timestampMs);
    }
  }

  /** Lets everything through that still waits for an earlier packet. */
  flush(): void {
    this.#jitter?.flush();
  }

  #take(opus: Uint8Array, timestampMs: number): void {
    const durationMs = opusPacketDurationMs(opus);
    if (durationMs === undefined || opus.length > MAX_OPUS_PACKET_BYTES) {
      this.#counters.audioUndecodable++;
      return;
    }
    try {
      this.#keep({ opus, durationMs, timestampMs }, this.#decoder?.decode(opus));
    } catch (thrown) {
      if (EarshotError.from(thrown).code !== "audio.decode") throw thrown;
      this.#counters.audioUndecodable++;
    }
  }

  #conceal({ durationMs, timestampMs, next }: Extract<JitterItem, { type: "lost" }>): void {
    this.#counters.audioConcealed++;
    const pcm = this.#decoder && filling(this.#decoder, { durationMs, next });
    this.#keep({ opus: NO_BYTES, durationMs, timestampMs }, pcm);
  }

  #keep(heard: Omit<AudioChunk, "seq" | "pcm">, pcm: Int16Array | undefined): void {
    const { opus, durationMs } = heard;
    const timestampMs = heard.timestampMs === 0 ? this.#clock.nowMs() - this.#originMs : heard.timestampMs;
    const seq = this.#seq++;
    const chunk: AudioChunk = pcm === undefined
      ? { seq, timestampMs, durationMs, opus }
      : { seq, timestampMs, durationMs, opus, pcm };
    this.#counters.audioChunks++;
    this.#buffer.push(chunk);
    this.#onChunk(chunk);
  }
}

/** The copy of a lost packet that the next one carries, else sound that hides the gap. */
function filling(
  decoder: OpusDecoder,
  { durationMs, next }: { readonly durationMs: number; readonly next: Uint8Array | undefined },
): Int16Array<ArrayBuffer> {
  try {
    if (next !== undefined) return decoder.recover(next, durationMs);
  } catch (thrown) {
    if (EarshotError.from(thrown).code !== "audio.decode") throw thrown;
  }
  return decoder.conceal(durationMs);
}
