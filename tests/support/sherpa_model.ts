import llamaTokenizer from "llama-tokenizer-js";
import type { SherpaModel } from "../../lib/engine/mod.ts";
import { MOONSHINE_PATHS } from "./models.ts";

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
