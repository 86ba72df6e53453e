import { hasWords } from "./characters.ts";

/** Scripts that an ISO 15924 code of `Intl` stands for; any other code is its own script. */
const SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  Hans: ["Han"],
  Hant: ["Han"],
  Hani: ["Han"],
  Jpan: ["Kana", "Han"],
  Kore: ["Hangul", "Han"],
};

/**
 * What is counted of each script, so that a word weighs about the same in all of them: an ideograph is a word, and so is
 * a run of letters.
 */
const COUNTED: readonly (readonly [script: string, pattern: RegExp, weight: number])[] = [
  ["Han", /\p{Script=Han}/gu, 1],
  ["Kana", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu, 1],
  ["Hangul", /\p{Script=Hangul}/gu, 1],
  ["Thai", /\p{Script=Thai}/gu, 0.25],
  ["Laoo", /\p{Script=Lao}/gu, 0.25],
  ["Khmr", /\p{Script=Khmer}/gu, 0.25],
  ["Mymr", /\p{Script=Myanmar}/gu, 0.25],
  ["Latn", /\p{Script=Latin}[\p{Script=Latin}\p{M}'’-]*/gu, 1],
  ["Cyrl", /\p{Script=Cyrillic}[\p{Script=Cyrillic}\p{M}'’-]*/gu, 1],
  ["Arab", /\p{Script=Arabic}[\p{Script=Arabic}\p{M}\u200c]*/gu, 1],
  ["Deva", /\p{Script=Devanagari}[\p{Script=Devanagari}\p{M}\u200c\u200d]*/gu, 1],
  ["Grek", /\p{Script=Greek}[\p{Script=Greek}\p{M}]*/gu, 1],
  ["Hebr", /\p{Script=Hebrew}[\p{Script=Hebrew}\p{M}'"׳״]*/gu, 1],
  ["Beng", /\p{Script=Bengali}[\p{Script=Bengali}\p{M}]*/gu, 1],
  ["Taml", /\p{Script=Tamil}[\p{Script=Tamil}\p{M}]*/gu, 1],
  ["Telu", /\p{Script=Telugu}[\p{Script=Telugu}\p{M}]*/gu, 1],
  ["Geor", /\p{Script=Georgian}+/gu, 1],
  ["Armn", /\p{Script=Armenian}+/gu, 1],
];

/** Scripts whose texts are full of Latin words, so that these do not count against them. */
const WITH_LATIN = new Set(["Han", "Kana", "Hangul"]);
/** The share of kana above which a text with ideographs is Japanese; の alone decorates Chinese shop signs. */
const KANA_SHARE = 0.1;
/** So few ideographs may be the Japanese or Korean of the text before. */
const SHORT_HAN = 6;

/**
 * Which of the languages (BCP 47, the usual one first) a text is in, judged by its script; `undefined` where it is in a
 * script that none of them has. Digits, signs and emoji belong to the text before, whose language is `before`. So does
 * Latin where no language is written with it: every voice reads it somehow. Languages of one script are not told apart:
 * `before` decides, then the first.
 */
export function languageOf(
  text: string,
  languages: readonly [string, ...string[]],
  options: { readonly before?: string | undefined } = {},
): string | undefined {
  const { before } = options;
  const usual = before !== undefined && languages.includes(before) ? before : languages[0];
  const counts = countScripts(text);
  const script = mainScript(counts);
  if (script === undefined) return usual;
  const fitting = languages.filter((language) => scriptsOf(language).includes(script));
  if (script === "Latn" && fitting.length === 0) return usual;
  if (script !== "Han") return fitting.includes(usual) ? usual : fitting[0];
  const chinese = fitting.filter((language) => scriptsOf(language).length === 1);
  const mayBeForeign = (counts.get("Han") ?? 0) <= SHORT_HAN || chinese.length === 0;
  return [...(mayBeForeign ? fitting : chinese)].includes(usual) ? usual : chinese[0] ?? fitting[0];
}

function countScripts(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  if (!hasWords(text)) return counts;
  for (const [script, pattern, weight] of COUNTED) {
    const count = text.match(pattern)?.length ?? 0;
    if (count > 0) counts.set(script, count * weight);
  }
  return counts;
}

/** The script that most of the text is in, where Latin words within Chinese, Japanese and Korean weigh less. */
function mainScript(counts: ReadonlyMap<string, number>): string | undefined {
  const han = counts.get("Han") ?? 0;
  const kana = counts.get("Kana") ?? 0;
  const japanese = kana > 0 && kana >= KANA_SHARE * (han + kana);
  let main: string | undefined;
  let most = 0;
  for (const [script, count] of counts) {
    if (script === (japanese ? "Han" : "Kana")) continue;
    const weight = script === "Kana" || script === "Han" ? han + kana : count;
    // The counted order puts those with Latin before Latin, so they win a tie.
    if (weight > most || (weight === most && WITH_LATIN.has(script))) [main, most] = [script, weight];
  }
  return main;
}

function scriptsOf(language: string): readonly string[] {
  let script: string | undefined;
  try {
    script = new Intl.Locale(language).maximize().script;
  } catch {
    // What the config lets through and Intl does not know.
  }
  return SCRIPTS[script ?? "Latn"] ?? [script ?? "Latn"];
}
