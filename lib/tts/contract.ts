import type { UndecodedOpus } from "../audio/mod.ts";

/** What a voice can do; plain data, read by the runner and by the config. */
export interface TtsCapabilities {
  /** The languages that it speaks (BCP 47), or `"any"` where the service, or its `voice`, decides. */
  readonly languages: readonly string[] | "any";
  /** The longest text of one request, in UTF-16 units. */
  readonly maxChars: number;
  /** `streamed` where one request takes a text while it is being written, by `speakStream`. */
  readonly textIn: "whole" | "streamed";
}

/** What is to be spoken in one request: a sentence, or a part of one. */
export interface SpeechText {
  /** Plain text with at least one letter or digit and no control character, at most `maxChars` long; never markup. */
  readonly text: string;
  /** Its language (BCP 47). */
  readonly language: string;
}

/** A stretch of sound: mono, of any length above 0. */
export interface SpeechSound {
  readonly pcm: Int16Array;
  readonly sampleRateHz: number;
  /**
   * Its Opus packets, where it came as such and is not decoded before `pcm` is read; who takes them reads no `pcm`. Only a
   * reader of sound sets it: a provider hands on what `soundOfBody` gives it.
   */
  readonly opus?: UndecodedOpus | undefined;
}

/** A voice of a service, as `earshot voices` shows it. */
export interface VoiceInfo {
  /** What `voice` in the config takes. */
  readonly name: string;
  /** Its language (BCP 47), where the service says it. */
  readonly language?: string;
  /** Anything else that helps to choose, such as its gender. */
  readonly about?: string;
}

/** A voice: the wire and nothing else. Deadlines, retries and metrics belong to the runner. */
export interface TtsProvider {
  /** Its name in the config, in logs and in metrics. */
  readonly name: string;
  /** What it can do. */
  readonly capabilities: TtsCapabilities;
  /**
   * Speaks one text; the sound comes as the service sends it, and is read no faster than the caller takes it. A text of
   * which the service makes nothing gives no sound and no error. Aborting the signal, or leaving the loop, ends the
   * request at its socket.
   *
   * @throws {EarshotError} `tts.*`, `engine.*` or `canceled`
   */
  speak(speech: SpeechText, signal: AbortSignal): AsyncIterable<SpeechSound>;
  /**
   * Speaks a text while it is being written, where `textIn` is `streamed`; a language (BCP 47) goes with it. The parts,
   * joined, are as in {@linkcode SpeechText}, of any length together; each part is at most `maxChars` long, and may be a
   * single space. The service is asked with the first part, and gets each as it comes; the sound may come before the
   * text has ended. Else it is as with `speak`.
   *
   * @throws {EarshotError} `tts.*`, `engine.*` or `canceled`, and what `parts` throws
   */
  speakStream?(
    parts: AsyncIterable<string>,
    options: { readonly language: string },
    signal: AbortSignal,
  ): AsyncIterable<SpeechSound>;
  /** The voices that the service has, where it can tell. */
  voices?(signal: AbortSignal): Promise<readonly VoiceInfo[]>;
  /** Lets go of what it keeps between requests. */
  close?(): unknown;
}
