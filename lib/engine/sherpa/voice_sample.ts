import type { VoiceFiles } from "../sherpa_voice.ts";
import type { TokenList } from "./token_list.ts";

const CHINESE = "你好。";
const ENGLISH = "Hello.";
/** How much of a lexicon is looked at, in bytes. */
const HEAD_BYTES = 65_536;

/** A word that a voice can say, by what it was made for: a text of which it makes nothing would try nothing. */
export async function sampleOf(
  { files, tokens, metadata }: {
    readonly files: VoiceFiles;
    readonly tokens: TokenList;
    readonly metadata: ReadonlyMap<string, string>;
  },
): Promise<string> {
  const heads = await Promise.all(files.lexicons.map(headOf));
  const words = heads.join("\n");
  if (/\p{Script=Han}/u.test(words)) return CHINESE;
  if (files.espeakDir !== undefined) {
    const language = `${metadata.get("language") ?? ""} ${metadata.get("voice") ?? ""}`;
    return files.lexicons.length === 0 && /chinese|mandarin|cantonese|\bcmn\b|\bzh\b/i.test(language)
      ? CHINESE
      : ENGLISH;
  }
  if (words !== "") return /^(\p{L}+)\s/mu.exec(words)?.[1] ?? ENGLISH;
  // It spells.
  const letters = [...tokens.tokens.values()].filter((token) => /^\p{L}$/u.test(token));
  return letters.slice(0, 3).join("") || ENGLISH;
}

async function headOf(path: string): Promise<string> {
  using file = await Deno.open(path);
  const head = new Uint8Array(HEAD_BYTES);
  const length = await file.read(head) ?? 0;
  return new TextDecoder().decode(head.subarray(0, length));
}
