import { fileURLToPath } from "node:url";
import llamaTokenizer from "llama-tokenizer-js";
import type { SherpaModel } from "../../lib/engine/mod.ts";
import { MOONSHINE_PATHS } from "./models.ts";

const TINY = fileURLToPath(new URL("./sherpa_models/", import.meta.url));

/** Tiny models with real graphs; `sherpa_models/make.py` has made them, and says what they hear. */
export const TINY_MODELS = {
  /** Hears "LOUD" wherever it begins to be loud. */
  zipformer: {
    kind: "zipformer",
    files: {
      encoder: `${TINY}streaming_encoder.onnx`,
      decoder: `${TINY}streaming_decoder.onnx`,
      joiner: `${TINY}streaming_joiner.onnx`,
      tokens: `${TINY}streaming_tokens.txt`,
    },
    threads: 1,
    language: "en",
  },
  /** Hears "你好", said happily in Chinese, in everything. */
  senseVoice: {
    kind: "senseVoice",
    files: { model: `${TINY}sense_voice.onnx`, tokens: `${TINY}sense_voice_tokens.txt` },
    threads: 1,
    language: "zh-CN",
  },
  /** Hears "早上好" in everything. */
  paraformer: {
    kind: "paraformer",
    files: { model: `${TINY}paraformer.onnx`, tokens: `${TINY}paraformer_tokens.txt` },
    threads: 1,
    language: "zh-CN",
  },
  /** Hears "验好樂 [Bell]" in everything, its first character in two tokens. */
  whisper: {
    kind: "whisper",
    files: {
      encoder: `${TINY}whisper_encoder.onnx`,
      decoder: `${TINY}whisper_decoder.onnx`,
      tokens: `${TINY}whisper_tokens.txt`,
    },
    threads: 1,
    language: "zh",
  },
} as const satisfies Readonly<Record<string, SherpaModel>>;

/** The encoder of a {@linkcode TINY_MODELS} Whisper that hears English alone. */
export const ENGLISH_WHISPER_ENCODER = `${TINY}whisper_en_encoder.onnx`;

/** How many tokens Moonshine has; those after the tokenizer's are the model's own marks. */
const TOKENS = 32_768;
const BYTE_TOKEN = /^<0x([0-9A-F]{2})>$/;

/** The two files of Moonshine as sherpa-onnx takes them, with a list of tokens that is made at `tokensPath`. */
export async function moonshineForSherpa(tokensPath: string): Promise<SherpaModel> {
  await Deno.writeTextFile(tokensPath, tokenList());
  return {
    kind: "moonshine",
    files: {
      encoder: MOONSHINE_PATHS.encoderPath,
      decoder: MOONSHINE_PATHS.decoderPath,
      tokens: tokensPath,
    },
    threads: 1,
    language: "en",
  };
}

/** `base64(token) id` a line. */
export function tokenList(): string {
  const known: readonly string[] = llamaTokenizer.vocabById;
  return Array.from({ length: TOKENS }, (_, id) => `${base64(known[id] ?? `<<${id}>>`)} ${id}\n`).join("");
}

function base64(token: string): string {
  const byte = BYTE_TOKEN.exec(token)?.[1];
  const bytes = byte === undefined ? new TextEncoder().encode(token) : [parseInt(byte, 16)];
  return btoa(String.fromCharCode(...bytes));
}
