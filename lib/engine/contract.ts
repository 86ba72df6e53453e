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

/** An Opus packet with its place in its device's sound. */
export interface SoundPacket {
  /** Its number; of one device they rise. */
  readonly seq: number;
  /** How long it sounds, in ms. */
  readonly durationMs: number;
  /** The packet; its frames must fill it (`isWellFramedOpusPacket`), else it counts as silence. */
  readonly opus: Uint8Array;
}

/**
 * Sound of a device, as the packets that it came in. The engine decodes each packet once and keeps its sound for as long as
 * it may be asked for again; what it does not have any more, or never had, it decodes from these packets.
 */
export interface DeviceSound {
  /** Whose it is: the same object for all sound of a device. */
  readonly source: object;
  /** The packets, by number. */
  readonly packets: readonly SoundPacket[];
  /** How many of their samples come before the sound that is meant. Default 0. */
  readonly skipSamples?: number;
  /** How many samples that has. Default: all that are left. */
  readonly samples?: number;
}

/** Sound for a recognizer: 16 kHz mono samples, or those of a device. */
export type EngineSound = Int16Array | DeviceSound;

/** How many samples a sound has. */
export function samplesOf(sound: EngineSound): number {
  if (sound instanceof Int16Array) return sound.length;
  const { packets, skipSamples = 0, samples = Infinity } = sound;
  const all = packets.reduce((sum, { durationMs }) => sum + durationMs * ENGINE_SAMPLE_RATE_HZ / 1_000, 0);
  return Math.min(samples, all - skipSamples);
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
   * Takes the next sound; one call at a time. With `finish` it is the last, and all that was said
   * is in `finals`. Once the engine was restarted it rejects with `engine.crashed`: the state is gone.
   */
  write(sound: EngineSound, options?: JobOptions & { readonly finish?: boolean }): Promise<StreamingResult>;
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
  /** How many frames were so quiet for so long that the model was not asked; theirs is 0. */
  readonly gated?: number;
}

/** New sound of a device for the voice activity detector. */
export interface HearRequest {
  /** The detector's memory, chosen by the caller: a new one begins with no memory. */
  readonly streamId: number;
  /** Whose sound it is, as in {@linkcode DeviceSound}. */
  readonly source: object;
  /** The packets, by number. */
  readonly packets: readonly SoundPacket[];
  /**
   * How many samples before them wait for the rest of their frame; an engine that has others takes silence for them. Default:
   * what it has.
   */
  readonly restSamples?: number;
  /** The first packet that may be asked for again: the sound before it is let go of. */
  readonly keepFromSeq: number;
  /** What is to come back besides the verdicts: the level of each 20 ms, or the decoded sound. Default: nothing. */
  readonly wants?: "levels" | "pcm" | undefined;
}

/** What the detector says of a {@linkcode HearRequest}. */
export interface HearResponse {
  /** The stream of the request. */
  readonly streamId: number;
  /** One probability of speech, 0 to 1, for each frame of 512 samples that is complete with these packets. */
  readonly probabilities: Float32Array;
  /** How many of them were so quiet for so long that the model was not asked; theirs is 0. */
  readonly gated?: number;
  /** For each packet the levels of the 20 ms that are complete with it (`LevelMeter`), where they were wanted. */
  readonly levels?: readonly Uint8Array[];
  /** For each packet its sound, 16 kHz mono, where it was wanted. */
  readonly pcm?: readonly Int16Array[];
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
  /**
   * Recognizes one segment of at most 20 s. Every call is one queue place. A phrase that is drowned by a louder one is heard
   * by itself, and where nothing is found, it is tried with other margins.
   */
  recognize(sound: EngineSound, options?: JobOptions): Promise<Recognition>;
  /**
   * Begins an utterance of `flow`, see {@linkcode JobOptions}, at a streaming recognizer. Throws `engine.busy` when
   * too many are open.
   */
  openStream(flow?: object): RecognitionStream;
  /** Runs voice activity detection over new packets of several devices at once. */
  hear(batch: readonly HearRequest[], options?: JobOptions): Promise<readonly HearResponse[]>;
  /** The sound of a device before packet `fromSeq`, by default all of it, is not asked for again; no answer. */
  releaseSound(source: object, fromSeq?: number): void;
  /** Runs voice activity detection over samples of several streams at once. */
  detectSpeech(batch: readonly VadRequest[], options?: JobOptions): Promise<readonly VadResponse[]>;
  /** Drops the detector's state of a stream; no answer. */
  closeVadStream(streamId: number): void;
  /**
   * Speaks a sentence: with an embedded English voice, which has one speaker and one speed, or with the one that the user
   * brought. Aborting the signal frees the caller at once, and the engine after the part that it is making.
   */
  speak(text: string, options?: SpeakOptions): Promise<Speech>;
}
