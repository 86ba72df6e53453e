/** How Chinese is written in results: as the language's people write it, in one of both ways, or as it comes. */
export type ScriptChoice = "auto" | "simplified" | "traditional" | "none";

/** The choices, as a config lists them. */
export const SCRIPT_CHOICES = [
  "auto",
  "simplified",
  "traditional",
  "none",
] as const satisfies readonly ScriptChoice[];

/** What Chinese is converted to: simplified, or traditional as it is written in Taiwan or in Hong Kong. */
export type ChineseScript = "cn" | "tw" | "hk";

/** Writes a text in one script. */
export type ScriptConverter = (text: string) => string;

/** Where traditional characters are written as in Hong Kong. */
const HONG_KONG = new Set(["HK", "MO"]);
const HAN = /\p{Script=Han}/u;
/** Languages with Han characters of their own, by their code or, as OpenAI names them, by their word. */
const OTHERS = new Set(["ja", "ko", "japanese", "korean"]);
/** Letters beside which Han characters are Japanese or Korean ones, which are left alone. */
const NOT_CHINESE = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** What Chinese is converted to; `undefined` is as it comes. `auto` is by language: `zh-TW` is traditional, `zh` is not. */
export function chineseScript(
  { script, language }: { readonly script: ScriptChoice; readonly language: string },
): ChineseScript | undefined {
  if (script === "none") return undefined;
  const locale = localeOf(language);
  const traditional = HONG_KONG.has(locale?.region ?? "") ? "hk" : "tw";
  if (script !== "auto") return script === "simplified" ? "cn" : traditional;
  if (locale?.script === "Hans") return "cn";
  return locale?.script === "Hant" ? traditional : undefined;
}

/** Loads what converts to a script; its tables take 3 MB of heap for simplified characters, 47 MB for traditional ones. */
export async function loadScript(script: ChineseScript): Promise<ScriptConverter> {
  const characters = script === "cn" ? "simplified" : "traditional";
  // Computed, so that only those pay for the tables who need them.
  const module: { readonly converterTo: (script: ChineseScript) => ScriptConverter } = await import(
    new URL(`./to_${characters}.ts`, import.meta.url).href
  );
  return module.converterTo(script);
}

/** Converts what is Chinese; a text in another language, as it is told or by its letters, is left alone. */
export function convertChinese(
  convert: ScriptConverter,
  { text, language }: { readonly text: string; readonly language?: string | undefined },
): string {
  if (OTHERS.has(localeOf(language ?? "zh")?.language ?? "") || NOT_CHINESE.test(text)) return text;
  return HAN.test(text) ? convert(text) : text;
}

function localeOf(language: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(language).maximize();
  } catch {
    return undefined;
  }
}
