import type { SherpaKind } from "../sherpa_model.ts";
import type { OnnxHeader } from "./onnx_header.ts";
import type { TokenList } from "./token_list.ts";

/** Names that say the same, where the tables of languages keep them apart: Norwegian is Bokmål to every recognizer. */
const SAME: Readonly<Record<string, string>> = { nb: "no" };

/** How many different letters beyond those of English show that a list spells bytes by them. */
const MANY_LETTERS = 64;

/** What each script is called, and a letter of it. */
const SCRIPTS: Readonly<Record<string, { readonly name: string; readonly letter: RegExp }>> = {
  Hans: { name: "Chinese characters", letter: /\p{Script=Han}/u },
  Hant: { name: "Chinese characters", letter: /\p{Script=Han}/u },
  Jpan: { name: "Japanese letters", letter: /[\p{Script=Hiragana}\p{Script=Katakana}]/u },
  Kore: { name: "Korean letters", letter: /\p{Script=Hangul}/u },
  Latn: { name: "Latin letters", letter: /\p{Script=Latin}/u },
  Cyrl: { name: "Cyrillic letters", letter: /\p{Script=Cyrillic}/u },
  Arab: { name: "Arabic letters", letter: /\p{Script=Arabic}/u },
  Thai: { name: "Thai letters", letter: /\p{Script=Thai}/u },
  Grek: { name: "Greek letters", letter: /\p{Script=Greek}/u },
  Hebr: { name: "Hebrew letters", letter: /\p{Script=Hebrew}/u },
  Deva: { name: "Devanagari letters", letter: /\p{Script=Devanagari}/u },
};

/** What a language tag is about, without region and script: `zh` of `zh-CN` and of `cmn-Hans`. */
export function spokenLanguage(tag: string): string {
  try {
    const { language } = new Intl.Locale(tag);
    return SAME[language] ?? language;
  } catch {
    return tag.toLowerCase().split("-")[0] ?? "";
  }
}

/**
 * Whether a language (BCP 47) is among some: `en-GB` is one of `en`, and `cmn` of `zh`. `"any"` has every one.
 */
export function hasLanguage(languages: readonly string[] | "any", language: string): boolean {
  if (languages === "any") return true;
  const wanted = language.toLowerCase();
  const spoken = spokenLanguage(language);
  return languages.some((one) =>
    wanted === one.toLowerCase() || wanted.startsWith(`${one.toLowerCase()}-`) || spoken === one.toLowerCase()
  );
}

/** The model's own name for a language; `undefined` where it does not have it. */
export function nameIn(languages: readonly string[], language: string): string | undefined {
  const spoken = spokenLanguage(language);
  return languages.find((one) => spokenLanguage(one) === spoken);
}

/** The languages that the metadata of a model names; `undefined` where there are none. */
export function languagesOf(
  kind: SherpaKind,
  { metadata }: Pick<OnnxHeader, "metadata">,
): readonly string[] | undefined {
  if (kind === "whisper") {
    if (metadata.get("is_multilingual") === "0") return ["en"];
    const codes = metadata.get("all_language_codes")?.split(",").filter((code) => code !== "") ?? [];
    return codes.length === 0 ? undefined : codes;
  }
  if (kind === "senseVoice") {
    const known = ["zh", "yue", "en", "ja", "ko"].filter((code) => metadata.has(`lang_${code}`));
    return known.length === 0 ? undefined : known;
  }
  return undefined;
}

/**
 * The letters that a language needs and a list of tokens lacks, in words; `undefined` where it has them, or spells bytes, or
 * cannot be judged.
 */
export function missingLetters({ tokens, base64 }: TokenList, language: string): string | undefined {
  const script = SCRIPTS[scriptOf(language) ?? ""];
  if (base64 || script === undefined) return undefined;
  const foreign = new Set<string>();
  for (const token of tokens.values()) {
    if (script.letter.test(token.replace(/^<.*>$/, "")) || /^<0x[0-9A-F]{2}>$/i.test(token)) return undefined;
    for (const letter of token) if (/[\u0100-\u024f]/.test(letter)) foreign.add(letter);
  }
  return foreign.size >= MANY_LETTERS ? undefined : script.name;
}

function scriptOf(language: string): string | undefined {
  try {
    return new Intl.Locale(language).maximize().script;
  } catch {
    return undefined;
  }
}
