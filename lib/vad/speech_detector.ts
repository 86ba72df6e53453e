import { type AudioChunk, isSilentOpusPacket } from "../audio/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ } from "../engine/mod.ts";
import type { EarshotError, ErrorCode } from "../errors/mod.ts";
import type { VadConfig } from "./config.ts";
import { SpeechEvidence } from "./speech_evidence.ts";
import type { DetectorSound } from "./detector_sound.ts";
import type { VadBatcher } from "./vad_batcher.ts";
import { VAD_FRAME_SAMPLES, type VadFrame, VadFramer } from "./vad_framer.ts";
import type { VadStream } from "./vad_stream.ts";

/** How many frames may wait for the model: about 2 s, a batch. What comes beyond them waits with the caller. */
const MAX_WAITING_FRAMES = 64;

/** How much voice there must be in all until it is sure that somebody speaks, in ms. */
const CONFIRMED_MS = 300;

/** What a detector tells its session. Events follow the sound, not the time at which it came. */
export type SpeechEvent =
  /** All up to chunk `seq` was judged; what follows from it is told next. */
  | { readonly type: "judged"; readonly seq: number }
  /** Speech began in chunk `seq`. */
  | { readonly type: "speech_started"; readonly seq: number }
  /** Somebody has spoken for 300 ms since speech began: no cough, nor a click. */
  | { readonly type: "speech_confirmed" }
  /** Silence began and may be the end; everything up to chunk `seq` was judged. */
  | { readonly type: "speech_paused"; readonly seq: number }
  /** It was not the end, or there was speech again after the end: said only after `speech_paused`. */
  | { readonly type: "speech_resumed" }
  /** Speech ended in chunk `seq`; the silence that shows it lasted up to chunk `throughSeq`. */
  | { readonly type: "speech_stopped"; readonly seq: number; readonly throughSeq: number }
  /** The engine failed and sound went unheard; said once for each error of an outage, the detector goes on after it. */
  | { readonly type: "failed"; readonly error: EarshotError };

/** Options of a {@linkcode SpeechDetector}. */
export interface SpeechDetectorOptions {
  /** The one batcher of the process. */
  readonly batcher: VadBatcher;
  /** When speech begins and when it has ended. */
  readonly config: VadConfig;
  /** Whose sound it judges. */
  readonly sound: DetectorSound;
  /** Told of each event; may call `write`, `reset` and `close`. */
  readonly onEvent: (event: SpeechEvent) => void;
  /**
   * Told that a detector that was not `writable` is again, or that it is `idle`, after the events that led to it; may
   * call `write`, `reset` and `close`.
   */
  readonly onReady: () => void;
}

/**
 * Says when somebody begins and stops speaking in one session's sound. Events name the chunk in which it happened and
 * come some time after it was written; writing never waits. What it says depends on the sound alone, not on when each
 * chunk was written.
 */
export class SpeechDetector {
  readonly #options: SpeechDetectorOptions;
  readonly #endFrames: number;
  readonly #pauseFrames: number;
  readonly #confirmedFrames: number;
  readonly #framer = new VadFramer();
  #stream: VadStream | undefined;
  #urgent = true;
  /** Silence of which only the frames before it can say whether it needs the model. */
  #undecided: AudioChunk | undefined;
  #wasFull = false;
  #closed = false;
  #failing: ErrorCode | undefined;
  /** The last chunk that was given to a second engine. */
  #repeatedSeq = -1;
  /** What was heard since the last reset, and since the last pause in speech. */
  readonly #evidence = new SpeechEvidence();
  readonly #evidenceInPause = new SpeechEvidence();
  /** Whether sound went unjudged since the last reset. */
  #unjudged = false;
  #speaking = false;
  #paused = false;
  /** Whether it knows all that it is wanted for. */
  #resting = false;
  #writtenSeq = -1;
  /** Frames in a row that speak for the next event: of speech in silence, of silence in speech. */
  #run = 0;
  /** Frames of speech since it began. */
  #speechFrames = 0;
  #startSeq = 0;
  #lastSpeechSeq = 0;
  /** Frames that were written, and those that were judged, since the last reset. */
  #framesWritten = 0;
  #framesJudged = 0;
  /** Changes with each reset, which an event may lead to. */
  #epoch = 0;

  /** Starts in silence; nothing is opened before the first chunk. */
  constructor(options: SpeechDetectorOptions) {
    this.#options = options;
    const frameMs = VAD_FRAME_SAMPLES * 1_000 / ENGINE_SAMPLE_RATE_HZ;
    this.#endFrames = Math.ceil(options.config.endSilenceMs / frameMs);
    this.#pauseFrames = Math.ceil(options.config.pauseMs / frameMs);
    this.#confirmedFrames = Math.ceil(CONFIRMED_MS / frameMs);
  }

  /** Whether it takes a chunk now. */
  get writable(): boolean {
    const full = this.#undecided !== undefined || (this.#stream?.waiting ?? 0) >= MAX_WAITING_FRAMES;
    this.#wasFull ||= full;
    return !full;
  }

  /** Whether it has judged all that was written, but for less than a frame. */
  get idle(): boolean {
    return this.#undecided === undefined && this.#framesWaiting === 0;
  }

  /** Whether there may have been speech since the last reset, were it only a whisper, or nobody can tell. */
  get heardSpeech(): boolean {
    return this.#evidence.found || this.#unjudged || this.#resting;
  }

  /** Whether somebody waits for verdicts; otherwise they come in larger batches, which cost less. */
  set urgent(urgent: boolean) {
    this.#urgent = urgent;
    if (this.#stream !== undefined) this.#stream.urgent = urgent;
  }

  /**
   * Whether it is only wanted when speech begins: then it rests, and calls all that comes after it judged, until it is reset.
   * To be set before speech begins.
   */
  onlyStart = false;

  /** Takes the next chunk, while it is `writable`. Throws `RangeError` otherwise. */
  write(chunk: AudioChunk): void {
    if (this.#closed) return;
    if (!this.writable) throw new RangeError(`Cannot judge chunk ${chunk.seq}: too much waits already`);
    if (this.#resting) return this.#options.onEvent({ type: "judged", seq: chunk.seq });
    this.#writtenSeq = chunk.seq;
    if (!isSilentOpusPacket(chunk.opus)) return this.#frame(chunk);
    this.#undecided = chunk;
    this.#decide();
  }

  /** Starts over in silence, without an event: nothing that was written so far is heard of any more. */
  reset(): void {
    this.#epoch++;
    this.#stream?.close();
    this.#stream = undefined;
    this.#undecided = undefined;
    this.#framer.reset();
    this.#framesWritten = this.#framesJudged = 0;
    this.#speaking =
      this.#paused =
      this.#unjudged =
      this.#resting =
        false;
    this.#run = 0;
    this.#evidence.reset();
  }

  /** Ends the detector: no event comes after it. May be called twice. */
  close(): void {
    this.#closed = true;
    this.reset();
  }

  #frame(chunk: AudioChunk): void {
    const frames = this.#framer.push(chunk);
    this.#framesWritten += frames.length;
    this.#stream ??= this.#openStream();
    this.#stream.write(chunk, frames);
  }

  #openStream(): VadStream {
    const stream = this.#options.batcher.open({
      onFrame: (judged, probability) => this.#hear(judged, probability),
      onFailed: (error, chunks) => this.#fail(error, chunks),
    }, this.#options.sound);
    stream.urgent = this.#urgent;
    return stream;
  }

  get #framesWaiting(): number {
    return this.#framesWritten - this.#framesJudged;
  }

  /** Silence while nobody speaks needs no model; within speech it may be a pause. */
  #decide(): void {
    const chunk = this.#undecided;
    if (chunk === undefined) return;
    const mustStillSpeak = this.#speaking && this.#run + this.#framesWaiting < this.#endFrames;
    if (!mustStillSpeak && this.#framesWaiting > 0) return;
    this.#undecided = undefined;
    if (this.#speaking) this.#frame(chunk);
    else this.#passSilence(chunk);
  }

  /** The model's memory begins anew with the next sound. */
  #passSilence({ seq, durationMs }: AudioChunk): void {
    this.#options.batcher.countQuiet(durationMs);
    this.#stream?.close();
    this.#stream = undefined;
    this.#framer.reset();
    this.#run = 0;
    this.#options.onEvent({ type: "judged", seq });
  }

  #hear(frame: VadFrame, probability: number): void {
    const epoch = this.#epoch;
    this.#failing = undefined;
    this.#framesJudged++;
    this.#options.onEvent({ type: "judged", seq: frame.throughSeq });
    if (epoch !== this.#epoch) return;
    this.#evidence.push(probability);
    this.#evidenceInPause.push(probability);
    if (this.#paused && (probability >= this.#options.config.endProbability || this.#evidenceInPause.found)) {
      this.#paused = false;
      this.#options.onEvent({ type: "speech_resumed" });
    }
    if (this.#speaking) this.#hearInSpeech(frame, probability);
    else this.#hearInSilence(frame, probability);
    if (epoch === this.#epoch) this.#goOn();
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
    this.#speechFrames = Math.min(this.#run, this.#confirmedFrames - 1);
    this.#run = 0;
    this.#lastSpeechSeq = frame.throughSeq;
    const epoch = this.#epoch;
    onEvent({ type: "speech_started", seq: this.#startSeq });
    if (this.onlyStart && epoch === this.#epoch) this.#restFromNowOn();
  }

  /** What waits for the model needs it no more. */
  #restFromNowOn(): void {
    this.#resting = true;
    this.#stream?.close();
    this.#stream = undefined;
    this.#undecided = undefined;
    this.#framesJudged = this.#framesWritten;
    this.#options.onEvent({ type: "judged", seq: this.#writtenSeq });
  }

  #hearInSpeech(frame: VadFrame, probability: number): void {
    const { config, onEvent } = this.#options;
    if (probability >= config.endProbability) {
      this.#run = 0;
      this.#lastSpeechSeq = frame.throughSeq;
      if (++this.#speechFrames === this.#confirmedFrames) onEvent({ type: "speech_confirmed" });
    } else if (++this.#run >= this.#endFrames) {
      this.#speaking = false;
      this.#run = 0;
      onEvent({ type: "speech_stopped", seq: this.#lastSpeechSeq, throughSeq: frame.throughSeq });
    } else if (this.#run === this.#pauseFrames) {
      this.#paused = true;
      this.#evidenceInPause.reset();
      onEvent({ type: "speech_paused", seq: frame.throughSeq });
    }
  }

  /**
   * The model begins anew. What an engine had that ended is given to its successor, once: it may be what ended it. What
   * nobody will judge any more was heard by nobody, and the detector goes on behind it.
   */
  #fail(error: EarshotError, chunks: readonly AudioChunk[]): void {
    const epoch = this.#epoch;
    const waiting = this.#stream?.drain() ?? [];
    this.#stream = undefined;
    this.#framer.reset();
    this.#framesWritten = this.#framesJudged = 0;
    const mayRepeat = (seq: number) => error.code === "engine.crashed" && seq > this.#repeatedSeq;
    const lost = chunks.filter(({ seq }) => !mayRepeat(seq));
    const again = chunks.slice(lost.length);
    this.#repeatedSeq = again.at(-1)?.seq ?? this.#repeatedSeq;
    // Before anything is told: a listener may write what comes behind it.
    for (const chunk of [...again, ...waiting]) this.#frame(chunk);
    if (lost.length > 0) this.#giveUpOn(lost, error);
    if (epoch !== this.#epoch) return;
    this.#goOn();
  }

  #giveUpOn(chunks: readonly AudioChunk[], error: EarshotError): void {
    const epoch = this.#epoch;
    this.#unjudged = true;
    const seq = chunks.at(-1)?.seq;
    if (seq !== undefined) this.#options.onEvent({ type: "judged", seq });
    if (epoch !== this.#epoch || this.#failing === error.code) return;
    this.#failing = error.code;
    this.#options.onEvent({ type: "failed", error });
  }

  #goOn(): void {
    this.#decide();
    if (!this.idle && !(this.#wasFull && this.writable)) return;
    this.#wasFull = false;
    this.#options.onReady();
  }
}
