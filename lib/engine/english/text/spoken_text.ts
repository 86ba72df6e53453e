import { ABBREVIATIONS } from "./abbreviations.ts";
import { ADDRESSES } from "./addresses.ts";
import { plainCharacters, SIGNS } from "./characters.ts";
import { DATES } from "./dates.ts";
import { MONEY } from "./money.ts";
import { NEGATIVE, NUMBERS } from "./numbers.ts";
import { applyRules } from "./rule.ts";
import { TIMES } from "./times.ts";
import { UNIT_RULES } from "./units.ts";

/** In this order: a sum of money or a date is also a number. */
const RULES = [
  ...ADDRESSES,
  ...NEGATIVE,
  ...ABBREVIATIONS,
  ...MONEY,
  ...DATES,
  ...TIMES,
  ...UNIT_RULES,
  ...NUMBERS,
  ...SIGNS,
];

/**
 * An English text as it is read aloud: numbers, dates, money, units and abbreviations in words. What is left are words,
 * letters to be spelled, and punctuation.
 */
export function spokenText(text: string): string {
  return applyRules(plainCharacters(text), RULES);
}
