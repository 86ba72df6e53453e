const ONES = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
  "thirteen",
  "fourteen",
  "fifteen",
  "sixteen",
  "seventeen",
  "eighteen",
  "nineteen",
];
const TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES = ["", "thousand", "million", "billion", "trillion"];
/** Numbers from here on are said digit by digit. */
const TOO_LARGE = 1e15;
const ORDINALS: Readonly<Record<string, string>> = {
  one: "first",
  two: "second",
  three: "third",
  five: "fifth",
  eight: "eighth",
  nine: "ninth",
  twelve: "twelfth",
};

/** `1,234` or `1234` as words: one thousand two hundred thirty four. A number with a leading 0 is said digit by digit. */
export function cardinal(written: string): string {
  const digits = written.replaceAll(/\D/g, "");
  const value = Number(digits);
  if (value >= TOO_LARGE || /^0\d/.test(digits)) return digitByDigit(digits);
  if (value === 0) return "zero";
  const groups: string[] = [];
  for (let rest = value, scale = 0; rest > 0; rest = Math.floor(rest / 1_000), scale++) {
    const group = rest % 1_000;
    if (group > 0) groups.unshift([belowThousand(group), SCALES[scale]].filter(Boolean).join(" "));
  }
  return groups.join(" ");
}

/** `21` as a place in an order: twenty first. */
export function ordinal(written: string): string {
  const words = cardinal(written).split(" ");
  const last = words.pop() ?? "";
  return [...words, ORDINALS[last] ?? `${last.replace(/y$/, "ie")}th`].join(" ");
}

/** `3.14`: three point one four. `.5` begins with the point. */
export function decimal(written: string): string {
  const [whole = "", fraction = ""] = written.split(".");
  const point = fraction === "" ? "" : `point ${digitByDigit(fraction)}`;
  return [whole === "" ? "" : cardinal(whole), point].filter(Boolean).join(" ");
}

/** `1984` as a year: nineteen eighty four. Other numbers than those of four digits are said as they are. */
export function year(written: string): string {
  const [century, rest] = [Number(written.slice(0, 2)), Number(written.slice(2))];
  if (written.length !== 4 || century % 10 === 0 && rest < 10) return cardinal(written);
  const [before, after] = [cardinal(`${century}`), `${rest}`];
  if (rest === 0) return `${before} hundred`;
  return `${before} ${rest < 10 ? `oh ${cardinal(after)}` : cardinal(after)}`;
}

/** Each digit by itself. */
export function digitByDigit(digits: string): string {
  return [...digits].map((digit) => ONES[Number(digit)] ?? "").join(" ");
}

/** More than one of what a word ends with: nineties, twenty twos. */
export function pluralOf(words: string): string {
  return /y$/.test(words) ? `${words.slice(0, -1)}ies` : `${words}${/[xs]$/.test(words) ? "es" : "s"}`;
}

function belowThousand(value: number): string {
  const words: string[] = [];
  if (value >= 100) words.push(ONES[Math.floor(value / 100)] ?? "", "hundred");
  const rest = value % 100;
  if (rest >= 20) words.push(TENS[Math.floor(rest / 10)] ?? "");
  if (rest > 0) words.push(rest < 20 ? ONES[rest] ?? "" : rest % 10 > 0 ? ONES[rest % 10] ?? "" : "");
  return words.filter(Boolean).join(" ");
}
