import type { Rule } from "./rule.ts";

/** Letters that are no other letter with a mark. */
const LETTERS: Readonly<Record<string, string>> = {
  "ß": "ss",
  "æ": "ae",
  "Æ": "Ae",
  "œ": "oe",
  "Œ": "Oe",
  "ø": "o",
  "Ø": "O",
  "ł": "l",
  "Ł": "L",
  "đ": "d",
  "ð": "d",
  "þ": "th",
  "ı": "i",
};

/**
 * A text in the characters that the rules know: ASCII, currencies, degrees and a few signs. Accents go; what is of
 * another script is left out.
 */
export function plainCharacters(text: string): string {
  return text
    .replaceAll(/[²³]/g, (raised) => raised === "²" ? "^2" : "^3")
    .replaceAll(/(\d)([½¼¾⅓⅔⅛])/g, "$1 $2")
    .normalize("NFKD")
    .replaceAll("⁄", "/")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[ßæÆœŒøØłŁđðþı]/g, (letter) => LETTERS[letter] ?? letter)
    .replaceAll(/[‘’ʼ`´′]/g, "'")
    .replaceAll(/[“”„«»″]/g, '"')
    .replaceAll(/(?<=\d)\s?[–‑]\s?(?=\d)/g, "-")
    .replaceAll("‑", "-")
    .replaceAll(/\s?[–—]\s?|\s-{1,3}\s|--+/g, " — ")
    .replaceAll("…", "...")
    .replaceAll(/[^\x20-\x7e$€£¥₹₩¢°×÷−—]/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Signs that are said as words, once numbers and addresses are. */
export const SIGNS: readonly Rule[] = [
  { pattern: /\s?&\s?/g, say: () => " and " },
  { pattern: /\s?%/g, say: () => " percent" },
  { pattern: /\s?°/g, say: () => " degrees" },
  {
    pattern: /#(?=\s?(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|\w+teen|\w+ty)\b)/g,
    say: () => "number ",
  },
  { pattern: /#(?=[A-Za-z])/g, say: () => "hashtag " },
  { pattern: /@/g, say: () => " at " },
  { pattern: /\s?\+\s?/g, say: () => " plus " },
  { pattern: /\s?=\s?/g, say: () => " equals " },
  { pattern: /\s?×\s?/g, say: () => " times " },
  { pattern: /\s?÷\s?/g, say: () => " divided by " },
  { pattern: /~\s?(?=\w)/g, say: () => "about " },
  { pattern: /\band\/or\b/g, say: () => "and or" },
  { pattern: /(?<=\w)\/(?=\w)/g, say: () => " slash " },
  { pattern: /(?<=[A-Za-z])_(?=[A-Za-z])/g, say: () => " " },
];
