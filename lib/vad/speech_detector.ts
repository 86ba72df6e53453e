import { type AudioChunk, isSilentOpusPacket } from "../audio/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ } from "../engine/mod.ts";
import type { EarshotError, ErrorCode } from "../errors/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import type { VadConfig } from "./config.ts";
import { NoAudioWatch } from "./no_audio_watch.ts";
import type { VadBatcher } from "./vad_batcher.ts";
import { VAD_FRAME_SAMPLES, type VadFrame, VadFramer } from "./vad_framer.ts";
import type { VadStream } from "./vad_stream.ts";

/** Sound that nowhere gets louder is silence by itself, whatever the model would say of it. */
const QUIET_PEAK = 8;

/** What a detector tells its session. */
export type SpeechEvent =
  /** Speech began in chunk `seq`. */
  | { readonly type: "speech_started"; readonly seq: number }
  /** Silence began and may be the end; everything up to chunk `seq` was heard. */
  | { readonly type: "speech_paused"; readonly seq: number }
  /** It was not the end, or there was speech again after the end: said only after `speech_paused`. */
  | { readonly type: "speech_resumed" }
  /** Speech ended in chunk `seq`: silence followed, or the device stopped sending. */
  | { readonly type: "speech_stopped"; readonly seq: number; readonly cause: "silence" | "no_audio" }
  /** The engine failed and sound went unheard; said once for each error of an outage, the detector goes on after it. */
  | { readonly type: "failed"; readonly error: EarshotError };

/** Options of a {@linkcode SpeechDetector}. */
export interface SpeechDetectorOptions {
  /** The one batcher of the process. */
  readonly batcher: VadBatcher;
  /** The time source. */
  readonly clock: Clock;
  /** When speech begins and when it has ended. */
  readonly config: VadConfig;
  /** Told of each event; may call `reset` and `close`. */
  readonly onEvent: (event: SpeechEvent) => void;
}

/**
 * Says when somebody begins and stops speaking in one session's sound. Events name the chunk in which it
 * happened and come some time after it was written; writing never waits.
 */
export class SpeechDetector {
  readonly #options: SpeechDetectorOptions;
  readonly #endFrames: number;
  readonly #pauseFrames: number;
  readonly #framer = new VadFramer();
  readonly #watch: NoAudioWatch;
  #stream: VadStream | undefined;
  #closed = false;
  #failing: ErrorCode | undefined;
  #speaking = false;
  #paused = false;
  /** Frames in a row that speak for the next event: of speech in silence, of silence in speech. */
  #run = 0;
  #startSeq = 0;
  #lastSpeechSeq = 0;
  #lastWrittenSeq = 0;
  #newestFrame: VadFrame | undefined;
  #newestHeard: VadFrame | undefined;
  #heardSeq: number | undefined;

  /** Starts in silence; nothing is opened before the first chunk. */
  constructor(options: SpeechDetectorOptions) {
    this.#options = options;
    const frameMs = VAD_FRAME_SAMPLES * 1_000 / ENGINE_SAMPLE_RATE_HZ;
    this.#endFrames = Math.ceil(options.config.endSilenceMs / frameMs);
    this.#pauseFrames = Math.ceil(options.config.pauseMs / frameMs);
    this.#watch = new NoAudioWatch({
      clock: options.clock,
      limitMs: options.config.endSilenceMs,
      onNothing: () => this.#endForWantOfAudio(),
    });
  }

  /** The last chunk that was judged; `undefined` before the first. */
  get heardThroughSeq(): number | undefined {
    return this.#heardSeq;
  }

  /** Takes the next chunk. One without decoded sound only shows that the device still sends. */
  write(chunk: AudioChunk): void {
    if (this.#closed) return;
    this.#watch.heard();
    this.#lastWrittenSeq = chunk.seq;
    if (this.#mayRest && isQuiet(chunk)) return this.#rest(chunk);
    for (const frame of this.#framer.push(chunk)) {
      this.#newestFrame = frame;
      this.#stream ??= this.#options.batcher.open({
        onFrame: (heard, probability) => this.#hear(heard, probability),
        onFailed: (error) => this.#fail(error),
      });
      this.#stream.write(frame);
    }
  }

  /** Starts over in silence, without an event: nothing that was written so far is heard of any more. */
  reset(): void {
    this.#stream?.close();
    this.#stream = undefined;
    this.#framer.reset();
    this.#newestFrame = this.#newestHeard = undefined;
    this.#stopSpeaking();
    this.#paused = false;
  }

  /** Ends the detector: no event comes after it. May be called twice. */
  close(): void {
    this.#closed = true;
    this.reset();
  }

  /** Whether nobody speaks, as far as everything that was written says. */
  get #mayRest(): boolean {
    return !this.#speaking && this.#newestHeard === this.#newestFrame;
  }

  /** Silence while nobody speaks needs no model; its memory begins anew with the next sound. */
  #rest({ seq, durationMs }: AudioChunk): void {
    this.#options.batcher.countQuiet(durationMs);
    this.#stream?.close();
    this.#stream = undefined;
    this.#framer.reset();
    this.#run = 0;
    this.#heardSeq = seq;
  }

  #hear(frame: VadFrame, probability: number): void {
    this.#failing = undefined;
    this.#newestHeard = frame;
    this.#heardSeq = frame.throughSeq;
    if (this.#paused && probability >= this.#options.config.endProbability) {
      this.#paused = false;
      this.#options.onEvent({ type: "speech_resumed" });
    }
    if (this.#speaking) this.#hearInSpeech(frame, probability);
    else this.#hearInSilence(frame, probability);
  }

  #hearInSilence(frame: VadFrame, probability: number): void {
    const { config, onEvent } = this.#options;
    if (probability < config.startProbability) {
      this.#run = 0;
      return;
    }
    if (this.#run === 0) this.#startSeq = frame.fromSeq;
    if (++this.#run < config.startFrames) return;
    this.#speaking = true;
    this.#run = 0;
    this.#lastSpeechSeq = frame.throughSeq;
    this.#watch.start();
    onEvent({ type: "speech_started", seq: this.#startSeq });
  }

  #hearInSpeech(frame: VadFrame, probability: number): void {
    if (probability >= this.#options.config.endProbability) {
      this.#run = 0;
      this.#lastSpeechSeq = frame.throughSeq;
    } else if (++this.#run >= this.#endFrames) {
      this.#stopSpeaking();
      this.#options.onEvent({ type: "speech_stopped", seq: this.#lastSpeechSeq, cause: "silence" });
    } else if (this.#run === this.#pauseFrames) {
      this.#paused = true;
      this.#options.onEvent({ type: "speech_paused", seq: frame.throughSeq });
    }
  }

  #fail(error: EarshotError): void {
    if (this.#failing === error.code) return;
    this.#failing = error.code;
    this.#options.onEvent({ type: "failed", error });
  }

  #stopSpeaking(): void {
    this.#speaking = false;
    this.#run = 0;
    this.#watch.stop();
  }

  #endForWantOfAudio(): void {
    // What the engine has not answered yet may be speech, so it is kept.
    const seq = this.#newestHeard === this.#newestFrame ? this.#lastSpeechSeq : this.#lastWrittenSeq;
    this.reset();
    this.#options.onEvent({ type: "speech_stopped", seq, cause: "no_audio" });
  }
}

/** Whether a chunk is silence by the device's own word (DTX), or by its samples. */
function isQuiet({ opus, pcm }: AudioChunk): boolean {
  return isSilentOpusPacket(opus) || pcm?.every((sample) => Math.abs(sample) <= QUIET_PEAK) === true;
}
