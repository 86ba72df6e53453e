import { type AudioChunk, isSilentOpusPacket } from "../audio/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import { NoAudioWatch } from "./no_audio_watch.ts";
import type { SpeechEvent } from "./speech_detector.ts";

/** Options of a {@linkcode PacketDetector}. */
export interface PacketDetectorOptions {
  /** The time source. */
  readonly clock: Clock;
  /** How long no packet at all must last to end the utterance, in ms. */
  readonly noAudioMs: number;
  /** Told of each event; may call `reset` and `close`. */
  readonly onEvent: (event: SpeechEvent) => void;
}

/**
 * Judges by the packets alone, without decoding any: somebody may be speaking from the first one that the device's
 * own detector did not call silence (DTX). It never hears the end of speech, which is for the recogniser to say,
 * except when the device stops sending.
 */
export class PacketDetector {
  readonly #options: PacketDetectorOptions;
  readonly #watch: NoAudioWatch;
  #speaking = false;
  #lastSeq: number | undefined;

  /** Starts in silence. */
  constructor(options: PacketDetectorOptions) {
    this.#options = options;
    this.#watch = new NoAudioWatch({
      clock: options.clock,
      limitMs: options.noAudioMs,
      onNothing: () => {
        this.#speaking = false;
        options.onEvent({ type: "speech_stopped", seq: this.#lastSeq ?? 0, cause: "no_audio" });
      },
    });
  }

  /** The last chunk that was judged: packets need no time. */
  get heardThroughSeq(): number | undefined {
    return this.#lastSeq;
  }

  /** Takes the next chunk. */
  write({ seq, opus }: AudioChunk): void {
    this.#lastSeq = seq;
    this.#watch.heard();
    if (this.#speaking || isSilentOpusPacket(opus)) return;
    this.#speaking = true;
    this.#watch.start();
    this.#options.onEvent({ type: "speech_started", seq });
  }

  /** Starts over in silence, without an event. */
  reset(): void {
    this.#speaking = false;
    this.#watch.stop();
  }

  /** Ends it: no event comes after. May be called twice. */
  close(): void {
    this.reset();
  }
}
