import type { VoiceSettings } from "./sherpa_voice.ts";

/** The sample rate of all sound that the engine takes, in Hz. */
export const ENGINE_SAMPLE_RATE_HZ = 16_000;

/** Which inference runtime the engine process loaded. */
export type EngineRuntime = "native" | "wasm";

/** Options of one engine job. */
export interface JobOptions {
  /** The same object for every job of a device; jobs that wait are fair between flows. */
  readonly flow?: object | undefined;
  /** Cancels the job; its promise rejects with `canceled`. */
  readonly signal?: AbortSignal;
  /** How long the job may take before the engine counts as hung, in ms. */
  readonly deadlineMs?: number;
  /** Refuses with `engine.busy` what could not begin at once: for work that is only useful now. */
  readonly ifFree?: boolean;
}

/** What recognition of one segment gave. */
export interface Recognition {
  /** The words; `""` when nothing was said. */
  readonly text: string;
  /** How long the model itself ran, in ms. */
  readonly inferenceMs: number;
  /** The language that the model detected, or was given, by its own name; where it says one. */
  readonly language?: string;
  /** What else SenseVoice says besides the words, as it writes it: `<|HAPPY|><|Speech|>`. */
  readonly tags?: string;
}

/** What a streaming recognizer made of a piece of sound. */
export interface StreamingResult {
  /** Sentences that are complete with it, in order; none is empty. */
  readonly finals: readonly string[];
  /** The words of the sentence that is under way, all of them so far. */
  readonly partial: string;
}

/** One utterance at a streaming recognizer. It must be closed. */
export interface RecognitionStream {
  /**
   * Takes the next sound, 16 kHz mono; one call at a time. With `finish` it is the last, and all that was said
   * is in `finals`. Once the engine was restarted it rejects with `engine.crashed`: the state is gone.
   */
  write(pcm: Int16Array, options?: JobOptions & { readonly finish?: boolean }): Promise<StreamingResult>;
  /** Frees what the engine keeps of it. May be called twice. */
  close(): void;
}

/** Sound of one stream for the voice activity detector. */
export interface VadRequest {
  /** The stream, chosen by the caller; the engine keeps the model's state under it. */
  readonly streamId: number;
  /** 16 kHz mono; a whole number of frames of 512 samples. */
  readonly pcm: Int16Array;
}

/** The probabilities of speech for one stream, one per frame of 512 samples, each 0 to 1. */
export interface VadResponse {
  /** The stream of the request. */
  readonly streamId: number;
  /** One probability a frame. */
  readonly probabilities: Float32Array;
}

/** A voice that runs in the engine. */
export type EmbeddedVoice = "hibari" | "flite";

/** Options of {@linkcode Engine.speak}. */
export interface SpeakOptions extends JobOptions {
  /** Which voice speaks; without it Hibari, or Flite where there is no Hibari. */
  readonly voice?: EmbeddedVoice;
}

/** What a voice spoke. */
export interface Speech {
  /** Mono samples. */
  readonly pcm: Int16Array;
  /** Samples a second. */
  readonly sampleRateHz: number;
}

/** Options of {@linkcode Engine.speak}. */
export interface SpeakOptions extends JobOptions, VoiceSettings {}

/**
 * The engine process as the stages see it. Every method fails with an `EarshotError`:
 * `engine.unavailable`, `engine.crashed`, `engine.busy`, `engine.timeout`, `engine.job_failed` or `canceled`.
 */
export interface Engine {
  /** Recognizes one segment of at most 20 s, 16 kHz mono. Every call is one queue place. */
  recognize(pcm: Int16Array, options?: JobOptions): Promise<Recognition>;
  /**
   * Begins an utterance of `flow`, see {@linkcode JobOptions}, at a streaming recognizer. Throws `engine.busy` when
   * too many are open.
   */
  openStream(flow?: object): RecognitionStream;
  /** Runs voice activity detection over several streams at once. */
  detectSpeech(batch: readonly VadRequest[], options?: JobOptions): Promise<readonly VadResponse[]>;
  /** Drops the detector's state of a stream; no answer. */
  closeVadStream(streamId: number): void;
  /**
   * Speaks a sentence: with an embedded English voice, which has one speaker and one speed, or with the one that the user
   * brought. Aborting the signal frees the caller at once, and the engine after the part that it is making.
   */
  speak(text: string, options?: SpeakOptions): Promise<Speech>;
}
