import { EarshotError } from "../../errors/mod.ts";
import type { Speech } from "../contract.ts";
import type { SherpaVoice, VoiceSettings } from "../sherpa_voice.ts";
import type { NativeHandle, SherpaAddon } from "./sherpa_addon.ts";
import { sherpaVoiceConfig } from "./sherpa_voice_config.ts";

/** What sherpa-onnx 1.13.8 rejects with where it found nothing to say in a text. */
const NO_AUDIO = /produced no audio/;

/** What is to be said, by whom, and for how long anybody wants it. */
export interface SherpaSentence extends VoiceSettings {
  readonly text: string;
  /** Whether it is still wanted, which is asked after each part that sherpa-onnx makes of it. Default: always. */
  readonly isWanted?: () => boolean;
}

/** What is used of the addon. */
type SpeakingAddon = Pick<
  SherpaAddon,
  "createOfflineTtsAsync" | "getOfflineTtsSampleRate" | "offlineTtsGenerateAsync"
>;

/** A voice in sherpa-onnx. Its work runs off the thread that calls it, one sentence at a time. */
export class SherpaSpeaker {
  readonly #addon: SpeakingAddon;
  readonly #sampleRateHz: number;
  #voice: NativeHandle | undefined;

  private constructor(addon: SpeakingAddon, voice: NativeHandle) {
    this.#addon = addon;
    this.#voice = voice;
    this.#sampleRateHz = addon.getOfflineTtsSampleRate(voice);
  }

  /**
   * Loads the files; some that sherpa-onnx can make no sense of end the process. Throws `engine.job_failed` where it
   * refuses them and the process lives.
   */
  static async load(addon: SpeakingAddon, voice: SherpaVoice): Promise<SherpaSpeaker> {
    try {
      return new SherpaSpeaker(addon, await addon.createOfflineTtsAsync(sherpaVoiceConfig(voice)));
    } catch (cause) {
      throw new EarshotError(
        "engine.job_failed",
        `Cannot load the ${voice.kind} voice: sherpa-onnx refused it`,
        {
          cause,
        },
      );
    }
  }

  /**
   * Says a sentence; no sound where it has nothing that the voice can say. What is no longer wanted ends after the part
   * that is being made, with the sound up to there. Throws `engine.job_failed`.
   */
  async speak({ text, speaker = 0, speed = 1, isWanted = () => true }: SherpaSentence): Promise<Speech> {
    const voice = this.#voice;
    if (voice === undefined) throw failure("the voice was released");
    // Of a text without a word it makes noise.
    if (!/[\p{L}\p{N}]/u.test(text) || !isWanted()) return this.#speechOf(undefined);
    try {
      const { samples } = await this.#addon.offlineTtsGenerateAsync(voice, {
        text: text.replaceAll("\0", " "),
        sid: speaker,
        speed,
        enableExternalBuffer: false,
        callback: () => isWanted() ? 1 : 0,
      });
      return this.#speechOf(samples);
    } catch (cause) {
      if (cause instanceof Error && NO_AUDIO.test(cause.message)) return this.#speechOf(undefined);
      throw failure("sherpa-onnx broke off", cause);
    }
  }

  /** Drops the voice, once no call is under way; the garbage collector frees it. */
  // deno-lint-ignore require-await -- as every model is released
  async release(): Promise<void> {
    this.#voice = undefined;
  }

  #speechOf(samples: Float32Array | undefined): Speech {
    return { pcm: toSamples(samples ?? new Float32Array()), sampleRateHz: this.#sampleRateHz };
  }
}

/** From -1 up to 1 to 16 bits; what is no number is silence. */
function toSamples(floats: Float32Array): Int16Array {
  const pcm = new Int16Array(floats.length);
  for (let index = 0; index < floats.length; index++) {
    const sample = floats[index] ?? 0;
    pcm[index] = Math.round(Math.max(-1, Math.min(1, sample)) * 32_767) || 0;
  }
  return pcm;
}

function failure(state: string, cause?: unknown): EarshotError {
  return new EarshotError("engine.job_failed", `Cannot speak: ${state}`, { cause });
}
