import { createRequire } from "node:module";
import { EarshotError } from "../../errors/mod.ts";
import { isEmbeddedPath } from "../../executable/mod.ts";
import { loadEmbeddedSherpa } from "./sherpa_embedded.ts";

/** A recognizer or a stream on the native side; it is freed when nothing refers to it any more. */
export type NativeHandle = object;

/** Sound as the addon takes it. */
export interface Waveform {
  /** From -1 up to 1. */
  readonly samples: Float32Array;
  /** Samples a second. */
  readonly sampleRate: number;
}

/** What is used of a result, whose JSON is the addon's answer; what a model does not say is absent. */
export interface SherpaResult {
  /** The words. */
  readonly text: string;
  /** The pieces of words that the model wrote. */
  readonly tokens?: readonly string[];
  /** The language, as the model names it. */
  readonly lang?: string;
  /** The mood, as SenseVoice marks it. */
  readonly emotion?: string;
  /** The kind of sound, as SenseVoice marks it. */
  readonly event?: string;
}

/** A sentence for a voice, as the addon takes it. */
export interface SentenceRequest {
  readonly text: string;
  /** The speaker, by number; of one that is not there it takes the first. */
  readonly sid: number;
  /** How fast, 1 is usual. */
  readonly speed: number;
  /** Whether the sound stays in memory of its own, which Deno does not take. */
  readonly enableExternalBuffer: boolean;
  /** Called after each part with its sound; 0 ends it, some parts later. */
  readonly callback: () => 0 | 1;
}

/** What is used of sherpa-onnx's addon. A model file that it cannot make sense of may end the process. */
export interface SherpaAddon {
  /** Loads a recognizer of whole segments, off this thread. */
  createOfflineRecognizerAsync(config: object): Promise<NativeHandle>;
  /** A place for one segment. */
  createOfflineStream(recognizer: NativeHandle): NativeHandle;
  /** Puts the whole segment there. */
  acceptWaveformOffline(stream: NativeHandle, sound: Waveform): void;
  /** Recognizes it, off this thread; the answer is JSON. */
  decodeOfflineStreamAsync(recognizer: NativeHandle, stream: NativeHandle): Promise<string>;
  /** Loads a voice, off this thread. */
  createOfflineTtsAsync(config: object): Promise<NativeHandle>;
  /** How many samples a second of its sound has. */
  getOfflineTtsSampleRate(voice: NativeHandle): number;
  /** Says a sentence, off this thread; from -1 up to 1. Rejects where it found nothing to say. */
  offlineTtsGenerateAsync(
    voice: NativeHandle,
    request: SentenceRequest,
  ): Promise<{ readonly samples?: Float32Array }>;
  /** Loads a streaming recognizer; blocks the thread. */
  createOnlineRecognizer(config: object): NativeHandle;
  /** Begins an utterance. */
  createOnlineStream(recognizer: NativeHandle): NativeHandle;
  /** Adds sound. */
  acceptWaveformOnline(stream: NativeHandle, sound: Waveform): void;
  /** No more sound comes. */
  inputFinished(stream: NativeHandle): void;
  /** Whether there is enough sound for another step. */
  isOnlineStreamReady(recognizer: NativeHandle, stream: NativeHandle): boolean;
  /** Does one step; blocks the thread. */
  decodeOnlineStream(recognizer: NativeHandle, stream: NativeHandle): void;
  /** Whether the sentence that is under way has ended. */
  isEndpoint(recognizer: NativeHandle, stream: NativeHandle): boolean;
  /** Begins the next sentence. */
  reset(recognizer: NativeHandle, stream: NativeHandle): void;
  /** The sentence so far, as JSON. */
  getOnlineStreamResultAsJson(recognizer: NativeHandle, stream: NativeHandle): string;
}

/**
 * Loads sherpa-onnx, which needs `--allow-ffi`: the addon at `addonPath`, which an executable may carry, or the
 * package's, 33 MB that are fetched only for such a model. Throws `engine.runtime`.
 */
export async function loadSherpa({ addonPath }: { readonly addonPath?: string } = {}): Promise<SherpaAddon> {
  try {
    if (addonPath !== undefined && isEmbeddedPath(addonPath)) return await loadEmbeddedSherpa(addonPath);
    if (addonPath !== undefined) return createRequire(import.meta.url)(addonPath);
    // A computed specifier: Deno downloads what a literal one names before the program starts.
    const module: { readonly addon: SherpaAddon } = await import(
      new URL("./sherpa_runtime.ts", import.meta.url).href
    );
    return module.addon;
  } catch (cause) {
    throw new EarshotError("engine.runtime", "Cannot load sherpa-onnx: its import failed", { cause });
  }
}
