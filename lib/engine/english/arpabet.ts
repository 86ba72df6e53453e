/**
 * The phonemes of the CMU Pronouncing Dictionary, of which each has one letter in our files, with a 1 or a 2 behind a
 * vowel that has the primary or a secondary stress; and what the voice calls them.
 *
 * @module
 */

/** ARPABET's name, our letter, the voice's symbol. */
const VOWELS = [
  ["AA", "a", "ɑ"],
  ["AE", "A", "æ"],
  ["AH", "u", "ʌ"],
  ["AO", "o", "ɔ"],
  ["AW", "W", "W"],
  ["AY", "I", "I"],
  ["EH", "e", "ɛ"],
  ["ER", "R", "ɜɹ"],
  ["EY", "E", "A"],
  ["IH", "i", "ɪ"],
  ["IY", "Y", "i"],
  ["OW", "O", "O"],
  ["OY", "X", "Y"],
  ["UH", "U", "ʊ"],
  ["UW", "V", "u"],
] as const;

const CONSONANTS = [
  ["B", "b", "b"],
  ["CH", "C", "ʧ"],
  ["D", "d", "d"],
  ["DH", "D", "ð"],
  ["F", "f", "f"],
  ["G", "g", "ɡ"],
  ["HH", "h", "h"],
  ["JH", "j", "ʤ"],
  ["K", "k", "k"],
  ["L", "l", "l"],
  ["M", "m", "m"],
  ["N", "n", "n"],
  ["NG", "N", "ŋ"],
  ["P", "p", "p"],
  ["R", "r", "ɹ"],
  ["S", "s", "s"],
  ["SH", "S", "ʃ"],
  ["T", "t", "t"],
  ["TH", "T", "θ"],
  ["V", "v", "v"],
  ["W", "w", "w"],
  ["Y", "y", "j"],
  ["Z", "z", "z"],
  ["ZH", "Z", "ʒ"],
] as const;

const CODES: ReadonlyMap<string, string> = new Map(
  [...VOWELS, ...CONSONANTS].map(([name, code]) => [name, code]),
);
const SYMBOLS: ReadonlyMap<string, string> = new Map(
  [...VOWELS, ...CONSONANTS].map(([, code, symbol]) => [code, symbol]),
);
const VOWEL_CODES: string = VOWELS.map(([, code]) => code).join("");
/** One phoneme of a code. */
const PHONEME = new RegExp(`([${VOWEL_CODES}])([12]?)|[A-Za-z]`, "g");
/** Without stress these two are weak. */
const WEAK: Readonly<Record<string, string>> = { u: "ə", R: "əɹ" };
const STRESSES: Readonly<Record<string, string>> = { 1: "ˈ", 2: "ˌ" };

/** `HH AH0 L OW1` in our letters: `hulO1`. Throws a `RangeError` for what is no ARPABET. */
export function codeOfArpabet(arpabet: string): string {
  return arpabet.split(" ").map((phoneme) => {
    const [, name = "", stress = ""] = /^([A-Z]+)([012]?)$/.exec(phoneme) ?? [];
    const code = CODES.get(name);
    if (code === undefined) throw new RangeError(`Cannot read the phoneme ${phoneme}`);
    return code + stress.replace("0", "");
  }).join("");
}

/** What the voice reads for a code, with each stress before its vowel: `həlˈO`. */
export function symbolsOfCode(code: string): string {
  return code.replaceAll(PHONEME, (phoneme, vowel?: string, stress = "") => {
    if (vowel === undefined) return SYMBOLS.get(phoneme) ?? "";
    const symbol = stress === "" ? WEAK[vowel] ?? SYMBOLS.get(vowel) : SYMBOLS.get(vowel);
    return (STRESSES[stress] ?? "") + symbol;
  });
}
