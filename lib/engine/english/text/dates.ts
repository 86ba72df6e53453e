import { cardinal, ordinal, pluralOf, year } from "./number_words.ts";
import type { Rule } from "./rule.ts";

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTH = `(${MONTHS.join("|")})`;
const NUMBER_OF_DAY = String.raw`(0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?`;

/** Dates, months, days of the week and decades. */
export const DATES: readonly Rule[] = [
  {
    pattern: /\b(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)(?:\.|(?=\s\d))/g,
    say: (short = "") => MONTHS.find((month) => month.startsWith(short.slice(0, 3))) ?? short,
  },
  {
    pattern: /\b(Sun|Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat)(?:\.(?=[\s,])|(?=,? \d))/g,
    say: (short = "") => DAYS.find((day) => day.startsWith(short.slice(0, 3))) ?? short,
  },
  { pattern: /\b(\d{4})-(\d\d)-(\d\d)\b/g, say: (of = "", month, day) => sayDate({ month, day, of }) },
  {
    pattern: /(?<![\d/])(\d\d?)\/(\d\d?)\/(\d{4}|\d\d)(?![\d/])/g,
    say: (first = "", second = "", of = "") =>
      Number(first) > 12
        ? sayDate({ month: second, day: first, of })
        : sayDate({ month: first, day: second, of }),
  },
  {
    pattern: new RegExp(String.raw`\b${MONTH} ${NUMBER_OF_DAY}(?![\w:]|\.\d|\s?[ap]\.?m\b)`, "g"),
    say: (month, day = "") => `${month} ${ordinal(String(Number(day)))}`,
  },
  {
    pattern: new RegExp(String.raw`(?<![\d:.]|\b[Tt]he )\b${NUMBER_OF_DAY} (?:of )?${MONTH}\b`, "g"),
    say: (day = "", month) => `the ${ordinal(String(Number(day)))} of ${month}`,
  },
  { pattern: /\b(1[1-9]\d0|20\d0)'?s\b/g, say: (from = "") => decade(from) },
  { pattern: /'([2-9]0)s\b/g, say: (from = "") => pluralOf(cardinal(from)) },
];

function sayDate(
  { month = "", day = "", of }: {
    readonly month: string | undefined;
    readonly day: string | undefined;
    readonly of: string;
  },
): string {
  const name = MONTHS[Number(month) - 1];
  if (name === undefined || Number(day) < 1 || Number(day) > 31) {
    return [month, day, of].map(cardinal).join(" ");
  }
  return `${name} ${ordinal(String(Number(day)))}, ${year(wholeYear(of))}`;
}

/** Of two digits those from 50 on are of the last century. */
function wholeYear(of: string): string {
  if (of.length === 4) return of;
  return `${Number(of) < 50 ? "20" : "19"}${of}`;
}

function decade(from: string): string {
  return pluralOf(year(from));
}
