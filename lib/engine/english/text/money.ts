import { cardinal, decimal } from "./number_words.ts";
import type { Rule } from "./rule.ts";

/** One and several of a currency, and of its hundredth part. */
interface Currency {
  readonly one: string;
  readonly many: string;
  readonly hundredth?: readonly [one: string, many: string];
}

const CURRENCIES: Readonly<Record<string, Currency>> = {
  "$": { one: "dollar", many: "dollars", hundredth: ["cent", "cents"] },
  "€": { one: "euro", many: "euros", hundredth: ["cent", "cents"] },
  "£": { one: "pound", many: "pounds", hundredth: ["penny", "pence"] },
  "¥": { one: "yen", many: "yen" },
  "₹": { one: "rupee", many: "rupees" },
  "₩": { one: "won", many: "won" },
};
const SCALES: Readonly<Record<string, string>> = {
  k: "thousand",
  m: "million",
  mn: "million",
  b: "billion",
  bn: "billion",
};
const SIGN = "[$€£¥₹₩]";
const AMOUNT = String.raw`(\d[\d,]*)(?:\.(\d+))?`;
const SCALE = String.raw`(?: ?(hundred|thousand|million|billion|trillion|[kKmMbB]|mn|bn)\b)?`;

/** Sums of money: $3.50, 20 €, £1.2 million. */
export const MONEY: readonly Rule[] = [
  {
    // Of a range both ends have the same currency.
    pattern: new RegExp(String.raw`(${SIGN})(\d+)\s?[-–]\s?\1?(?=\d)`, "g"),
    say: (sign, from = "") => `${cardinal(from)} to ${sign}`,
  },
  {
    pattern: new RegExp(String.raw`(?:\b(?:US|C|A|HK))?(${SIGN})\s?${AMOUNT}${SCALE}`, "g"),
    say: (sign, whole, part, scale) => sayMoney({ sign, whole, part, scale }),
  },
  {
    pattern: new RegExp(String.raw`\b${AMOUNT}${SCALE}\s?(${SIGN})`, "g"),
    say: (whole, part, scale, sign) => sayMoney({ sign, whole, part, scale }),
  },
  { pattern: /(\d+)\s?¢/g, say: (count = "") => `${cardinal(count)} ${count === "1" ? "cent" : "cents"}` },
];

function sayMoney(
  { sign = "", whole = "", part = "", scale = "" }: {
    readonly sign: string | undefined;
    readonly whole: string | undefined;
    readonly part: string | undefined;
    readonly scale: string | undefined;
  },
): string {
  const { one, many, hundredth } = CURRENCIES[sign] ?? { one: "", many: "" };
  if (scale !== "") {
    const number = part === "" ? cardinal(whole) : decimal(`${whole.replaceAll(",", "")}.${part}`);
    return `${number} ${SCALES[scale.toLowerCase()] ?? scale} ${many}`;
  }
  if (part !== "" && (hundredth === undefined || part.length !== 2)) {
    return `${decimal(`${whole.replaceAll(",", "")}.${part}`)} ${many}`;
  }
  const units = `${cardinal(whole)} ${whole === "1" ? one : many}`;
  if (hundredth === undefined || Number(part) === 0) return units;
  const small = `${cardinal(String(Number(part)))} ${Number(part) === 1 ? hundredth[0] : hundredth[1]}`;
  return Number(whole.replaceAll(",", "")) === 0 ? small : `${units} and ${small}`;
}
