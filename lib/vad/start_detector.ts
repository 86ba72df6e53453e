import { type AudioChunk, isSilentOpusPacket } from "../audio/mod.ts";
import { SpeechDetector, type SpeechDetectorOptions, type SpeechEvent } from "./speech_detector.ts";

/**
 * Says when somebody begins to speak, and nothing after that: then the model rests until it begins anew, and all that comes
 * counts as judged. Where it cannot tell, as when the engine fails, speech begins with the first packet that the device's own
 * detector did not call silence (DTX).
 */
export class StartDetector {
  readonly #options: SpeechDetectorOptions;
  readonly #detector: SpeechDetector;
  #started = false;
  /** The first chunk that may be speech. */
  #soundingSeq: number | undefined;
  #writtenSeq = -1;
  /** Changes with each reset, which an event may lead to. */
  #epoch = 0;

  /** Starts in silence; a whisper is a beginning too. */
  constructor(options: SpeechDetectorOptions) {
    this.#options = options;
    this.#detector = new SpeechDetector({
      ...options,
      startsFaint: true,
      onEvent: (event) => this.#hear(event),
    });
  }

  /** Whether it takes a chunk now. */
  get writable(): boolean {
    return this.#started || this.#detector.writable;
  }

  /** Whether it has judged all that was written, but for less than a frame. */
  get idle(): boolean {
    return this.#started || this.#detector.idle;
  }

  /** Whether there may have been speech since the last reset, were it only a whisper, or nobody can tell. */
  get heardSpeech(): boolean {
    return this.#started || this.#detector.heardSpeech;
  }

  /** Whether somebody waits for verdicts; otherwise they come in larger batches, which cost less. */
  set urgent(urgent: boolean) {
    this.#detector.urgent = urgent;
  }

  /** Takes the next chunk, while it is `writable`. Throws `RangeError` otherwise. */
  write(chunk: AudioChunk): void {
    this.#writtenSeq = chunk.seq;
    if (this.#started) return this.#options.onEvent({ type: "judged", seq: chunk.seq });
    if (!isSilentOpusPacket(chunk.opus)) this.#soundingSeq ??= chunk.seq;
    this.#detector.write(chunk);
  }

  /** Starts over in silence, without an event. */
  reset(): void {
    this.#epoch++;
    this.#started = false;
    this.#soundingSeq = undefined;
    this.#detector.reset();
  }

  /** Ends it: no event comes after it. May be called twice. */
  close(): void {
    this.#epoch++;
    this.#detector.close();
  }

  #hear(event: SpeechEvent): void {
    if (event.type === "judged") this.#options.onEvent(event);
    else if (event.type === "speech_started") this.#start(event.seq);
    else if (event.type === "failed" && this.#soundingSeq !== undefined) this.#start(this.#soundingSeq);
  }

  #start(seq: number): void {
    const epoch = this.#epoch;
    this.#options.onEvent({ type: "speech_started", seq });
    if (epoch !== this.#epoch) return;
    this.#started = true;
    this.#detector.reset();
    this.#options.onEvent({ type: "judged", seq: this.#writtenSeq });
    if (epoch === this.#epoch) this.#options.onReady();
  }
}
