import { EarshotError } from "../../errors/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ, type Recognition } from "../contract.ts";
import { joinTokens } from "../sherpa/token_list.ts";
import type { SherpaModel } from "../sherpa_model.ts";
import { toFloats } from "./pcm_floats.ts";
import { isSilent, MAX_SEGMENT_SAMPLES } from "./segment.ts";
import type { NativeHandle, SherpaAddon, SherpaResult } from "./sherpa_addon.ts";
import { sherpaConfig } from "./sherpa_config.ts";

/** Shorter sound, 100 ms, holds no word, and has fewer frames than some models can take. */
const MIN_SEGMENT_SAMPLES = 1_600;

/** A model of whole segments in sherpa-onnx. Its work runs off the thread that calls it. */
export class SherpaOffline {
  readonly #addon: SherpaAddon;
  readonly #model: SherpaModel;
  #recognizer: NativeHandle | undefined;

  private constructor(addon: SherpaAddon, model: SherpaModel, recognizer: NativeHandle) {
    this.#addon = addon;
    this.#model = model;
    this.#recognizer = recognizer;
  }

  /** Loads the files. Throws `engine.job_failed` where sherpa-onnx refuses them and the process lives. */
  static async load(addon: SherpaAddon, model: SherpaModel): Promise<SherpaOffline> {
    try {
      return new SherpaOffline(addon, model, await addon.createOfflineRecognizerAsync(sherpaConfig(model)));
    } catch (cause) {
      throw new EarshotError(
        "engine.job_failed",
        `Cannot load the ${model.kind} model: sherpa-onnx refused it`,
        {
          cause,
        },
      );
    }
  }

  /**
   * Recognizes 16 kHz mono sound of at most {@linkcode MAX_SEGMENT_SAMPLES}. Silence, and sound that is too short
   * to hold a word, is `""`. Throws `engine.job_failed`.
   */
  async recognize(pcm: Int16Array): Promise<Recognition> {
    const recognizer = this.#recognizer;
    if (recognizer === undefined) throw failure("the model was released");
    if (pcm.length > MAX_SEGMENT_SAMPLES) {
      throw failure(`the segment has ${pcm.length} samples, ${MAX_SEGMENT_SAMPLES} is the most`);
    }
    if (pcm.length < MIN_SEGMENT_SAMPLES || isSilent(pcm)) return { text: "", inferenceMs: 0 };
    const startedMs = performance.now();
    try {
      const stream = this.#addon.createOfflineStream(recognizer);
      this.#addon.acceptWaveformOffline(stream, {
        samples: toFloats(pcm),
        sampleRate: ENGINE_SAMPLE_RATE_HZ,
      });
      const result: SherpaResult = JSON.parse(
        await this.#addon.decodeOfflineStreamAsync(recognizer, stream),
      );
      return { ...recognitionOf(result, this.#model), inferenceMs: performance.now() - startedMs };
    } catch (cause) {
      throw failure("the model's run broke off", cause);
    }
  }

  /** Drops the model, once no call is under way; the garbage collector frees it. */
  // deno-lint-ignore require-await -- as every model is released
  async release(): Promise<void> {
    this.#recognizer = undefined;
  }
}

/** The words, and their language: SenseVoice writes `<|zh|>` for it, Whisper `zh`, others nothing. */
function recognitionOf(
  { text, tokens = [], lang = "", emotion = "", event = "" }: SherpaResult,
  { wrappedTokens }: SherpaModel,
): Omit<Recognition, "inferenceMs"> {
  // SenseVoice may say `<|nospeech|>` there.
  const language = /^(?:<\|)?([a-z]{2,3})(?:\|>)?$/.exec(lang)?.[1];
  const tags = emotion + event;
  return {
    text: (wrappedTokens ? joinTokens(tokens) : text).trim(),
    ...(language !== undefined && { language }),
    ...(tags !== "" && { tags }),
  };
}

function failure(state: string, cause?: unknown): EarshotError {
  return new EarshotError("engine.job_failed", `Cannot recognize speech: ${state}`, { cause });
}
