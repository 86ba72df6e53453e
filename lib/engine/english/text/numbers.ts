import { cardinal, decimal, digitByDigit, ordinal, pluralOf, year } from "./number_words.ts";
import type { Rule } from "./rule.ts";

const FRACTIONS: Readonly<Record<string, string>> = { 2: "half", 3: "third", 4: "quarter" };

/** What is below 0, before anything else is said of the number. */
export const NEGATIVE: readonly Rule[] = [
  { pattern: /(?<![\w)])[-−](?=[$€£¥₹₩]?\.?\d)/g, say: () => "minus " },
];

/** Numbers by themselves: ordinals, fractions, ranges, telephone numbers, years. */
export const NUMBERS: readonly Rule[] = [
  // Telephone numbers, and others that nobody reads as an amount.
  {
    pattern: /\+(\d{1,3})[ -](?=[\d(])/g,
    say: (country = "") => `plus ${digitByDigit(country)}, `,
  },
  {
    pattern: /\(?\b(\d{3})\)?[ -](\d{3})[ -](\d{4})\b/g,
    say: (area = "", first = "", second = "") => [area, first, second].map(digitByDigit).join(", "),
  },
  {
    pattern: /\b(\d{3})-(\d{4})\b/g,
    say: (first = "", second = "") => [first, second].map(digitByDigit).join(", "),
  },
  {
    pattern: /\b(\d+(?:-\d+){2,})\b/g,
    say: (groups = "") => groups.split("-").map(digitByDigit).join(", "),
  },
  { pattern: /\b24\/7\b/g, say: () => "twenty four seven" },
  {
    pattern: /\b(\d+)[ -](\d+)\/(\d+)\b/g,
    say: (whole = "", above = "", below = "") => `${cardinal(whole)} and ${fraction(above, below)}`,
  },
  { pattern: /\b(\d+)\/\1\b/g, say: (half = "") => `${cardinal(half)} ${cardinal(half)}` },
  { pattern: /\b(\d+)\/(\d+)\b/g, say: (above = "", below = "") => fraction(above, below) },
  { pattern: /\b(\d[\d,]*)(?:st|nd|rd|th)\b/g, say: (number = "") => ordinal(number) },
  { pattern: /\b([2-9]0)s\b/g, say: (number = "") => pluralOf(cardinal(number)) },
  { pattern: /\b(\d[\d,.]*)\s?[-–]\s?(?=\d)/g, say: (number = "") => `${sayPlain(number)} to ` },
  { pattern: /(?<![\d.])(\d[\d,]*\.\d+|\.\d+)/g, say: (number = "") => decimal(number.replaceAll(",", "")) },
  { pattern: /\b(\d{1,3}(?:,\d{3})+)\b/g, say: (number = "") => cardinal(number) },
  // Letters before or after a number are said by themselves: ESP32, 4K.
  { pattern: /([A-Za-z])-?(\d+)/g, say: (letter = "", number = "") => `${letter} ${sayPlain(number)} ` },
  { pattern: /(\d+)-?(?=[A-Za-z])/g, say: (number = "") => `${sayPlain(number)} ` },
  { pattern: /(\d+)/g, say: (number = "") => sayPlain(number) },
];

/** A number without a comma: one of four digits is more often a year than an amount, and said alike. */
function sayPlain(written: string): string {
  if (written.includes(".")) return decimal(written.replaceAll(",", ""));
  return /^(1[1-9]|20)\d\d$/.test(written) ? year(written) : cardinal(written);
}

function fraction(above: string, below: string): string {
  const one = Number(above) === 1;
  const part = FRACTIONS[below] ?? ordinal(below);
  if (below === "2" && !one) return `${cardinal(above)} halves`;
  // Large ones are no parts of something, but a sum of two numbers or a page.
  if (Number(below) > 100 || Number(below) === 0) return `${cardinal(above)} over ${cardinal(below)}`;
  return `${cardinal(above)} ${one ? part : pluralOf(part)}`;
}
