import { EarshotError } from "../../errors/mod.ts";
import { readWhole } from "../../executable/mod.ts";
import type { Speech } from "../contract.ts";
import { EnglishPhonemes } from "../english/english_phonemes.ts";
import { HIBARI_SAMPLE_RATE_HZ, soundOfFrames } from "./hibari_sound.ts";
import { numbersOfSymbols } from "./hibari_symbols.ts";
import { disposeAll, floats, type InferenceRuntime, type InferenceSession } from "./runtime.ts";
import { MAX_SPOKEN_LENGTH } from "./spoken_length.ts";

/** A call gives no more sound than fits into a message of the engine: 160 s. */
const MAX_SAMPLES = 160 * HIBARI_SAMPLE_RATE_HZ;
/** What the network gives. */
const OUTPUTS = ["lh", "theta", "ln", "lr", "phi", "f0"] as const;

/** Where the voice is, and how English is said. */
export interface HibariPaths {
  /** `hibari.onnx`. */
  readonly voicePath: string;
  /** `words.txt`. */
  readonly wordsPath: string;
  /** `letters.bin`. */
  readonly lettersPath: string;
}

/** Hibari: an English voice at 24 kHz. Runs on, and blocks, the thread that calls it. */
export class HibariVoice {
  readonly #runtime: InferenceRuntime;
  readonly #session: InferenceSession;
  readonly #phonemes: EnglishPhonemes;

  private constructor(runtime: InferenceRuntime, session: InferenceSession, phonemes: EnglishPhonemes) {
    this.#runtime = runtime;
    this.#session = session;
    this.#phonemes = phonemes;
  }

  /** Loads the weights and the dictionary. Throws `engine.job_failed` when one of them is not what it should be. */
  static async load(runtime: InferenceRuntime, paths: HibariPaths): Promise<HibariVoice> {
    try {
      const [words, letters] = await Promise.all([readWhole(paths.wordsPath), readWhole(paths.lettersPath)]);
      const phonemes = new EnglishPhonemes({ words, letters });
      return new HibariVoice(runtime, await runtime.createSession(paths.voicePath), phonemes);
    } catch (cause) {
      throw new EarshotError("engine.job_failed", "Cannot load the voice: one of its files cannot be used", {
        cause,
      });
    }
  }

  /**
   * Speaks `text`, which is at most {@linkcode MAX_SPOKEN_LENGTH} long, the same each time; text without a word gives no
   * sound. Throws `engine.job_failed`.
   */
  async speak(text: string): Promise<Speech> {
    if (text.length > MAX_SPOKEN_LENGTH) {
      throw failure(`the text has ${text.length} characters, ${MAX_SPOKEN_LENGTH} is the most`);
    }
    try {
      const sounds: Int16Array[] = [];
      let samples = 0;
      for (const symbols of this.#phonemes.of(text)) {
        const sound = await this.#speakSymbols(symbols);
        sounds.push(sound);
        samples += sound.length;
        if (samples > MAX_SAMPLES) throw failure("the text takes too long to say");
      }
      return { pcm: joined(sounds, samples), sampleRateHz: HIBARI_SAMPLE_RATE_HZ };
    } catch (cause) {
      throw cause instanceof EarshotError ? cause : failure("the model's run broke off", cause);
    }
  }

  /** Frees the model, once no call is under way. Must be awaited before the thread ends. */
  async release(): Promise<void> {
    await this.#session.release();
  }

  async #speakSymbols(symbols: string): Promise<Int16Array> {
    const numbers = numbersOfSymbols(symbols);
    const inputs = {
      ids: this.#runtime.int64(numbers, [1, numbers.length]),
      speed: this.#runtime.float32(Float32Array.of(1), [1]),
    };
    try {
      const outputs = await this.#session.run(inputs, OUTPUTS);
      try {
        return soundOfFrames({
          pulseGain: floats(outputs["lh"]),
          pulseTurn: floats(outputs["theta"]),
          noiseGain: floats(outputs["ln"]),
          restGain: floats(outputs["lr"]),
          restPhase: floats(outputs["phi"]),
          pitchHz: floats(outputs["f0"]),
        });
      } finally {
        disposeAll(outputs);
      }
    } finally {
      disposeAll(inputs);
    }
  }
}

function joined(sounds: readonly Int16Array[], samples: number): Int16Array {
  const pcm = new Int16Array(samples);
  let at = 0;
  for (const sound of sounds) {
    pcm.set(sound, at);
    at += sound.length;
  }
  return pcm;
}

function failure(state: string, cause?: unknown): EarshotError {
  return new EarshotError("engine.job_failed", `Cannot speak: ${state}`, { cause });
}
