// Not in the import map: `deno task` downloads all that the map names.
// deno-lint-ignore no-import-prefix
import { InferenceSession, Tensor } from "npm:onnxruntime-node@1.27.0";
import type { Parts, VoiceName } from "./parts.ts";

/** Kokoro's rate. */
export const KOKORO_RATE_HZ = 24_000;
/** How many numbers describe a style. */
const STYLE_LENGTH = 256;

/** Kokoro-82M, with its weights in memory. */
export class Kokoro {
  readonly #session: InferenceSession;
  readonly #parts: Parts;

  private constructor(session: InferenceSession, parts: Parts) {
    this.#session = session;
    this.#parts = parts;
  }

  /** Loads it. */
  static async load(parts: Parts): Promise<Kokoro> {
    return new Kokoro(await InferenceSession.create(parts.model), parts);
  }

  /** The sound of phonemes, at {@linkcode KOKORO_RATE_HZ}, of -1 to 1. Throws for a character that is no phoneme. */
  async speak(phonemes: string, voice: VoiceName): Promise<Float32Array> {
    const tokens = [...phonemes].map((phoneme) => {
      const token = this.#parts.vocabulary.get(phoneme);
      if (token === undefined) throw new Error(`Cannot speak "${phonemes}": "${phoneme}" is no phoneme`);
      return BigInt(token);
    });
    const styleAt = (tokens.length - 1) * STYLE_LENGTH;
    const style = this.#parts.voices[voice].slice(styleAt, styleAt + STYLE_LENGTH);
    const results = await this.#session.run({
      tokens: new Tensor("int64", BigInt64Array.from([0n, ...tokens, 0n]), [1, tokens.length + 2]),
      style: new Tensor("float32", style, [1, STYLE_LENGTH]),
      speed: new Tensor("float32", Float32Array.of(1), [1]),
    });
    const [name = ""] = this.#session.outputNames;
    const sound = results[name]?.data;
    if (sound instanceof Float32Array) return sound;
    throw new Error("Cannot speak: the model gives no sound");
  }
}
