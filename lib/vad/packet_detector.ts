import { type AudioChunk, isSilentOpusPacket } from "../audio/mod.ts";
import type { SpeechDetectorOptions } from "./speech_detector.ts";

/**
 * Judges by the packets alone, without decoding any: somebody may be speaking from the first one that the device's
 * own detector did not call silence (DTX). It never hears the end of speech, which is for the recognizer to say.
 */
export class PacketDetector {
  readonly #onEvent: SpeechDetectorOptions["onEvent"];
  #speaking = false;

  /** Packets need no time. */
  readonly writable = true;
  /** All that was written is judged. */
  readonly idle = true;
  /** Verdicts cost nothing. */
  urgent = true;

  /** Starts in silence; `onEvent` is told while a chunk is written. */
  constructor({ onEvent }: Pick<SpeechDetectorOptions, "onEvent">) {
    this.#onEvent = onEvent;
  }

  /** Whether there was a packet that was no silence. */
  get heardSpeech(): boolean {
    return this.#speaking;
  }

  /** Takes the next chunk. */
  write({ seq, opus }: AudioChunk): void {
    this.#onEvent({ type: "judged", seq });
    if (this.#speaking || isSilentOpusPacket(opus)) return;
    this.#speaking = true;
    this.#onEvent({ type: "speech_started", seq });
  }

  /** Starts over in silence, without an event. */
  reset(): void {
    this.#speaking = false;
  }

  /** Ends it. May be called twice. */
  close(): void {
    this.reset();
  }
}
