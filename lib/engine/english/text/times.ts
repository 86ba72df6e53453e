import { cardinal } from "./number_words.ts";
import type { Rule } from "./rule.ts";

/** Times of day and how something stands: 5:30 pm, 17:05, 7 a.m., 3:1. */
export const TIMES: readonly Rule[] = [
  {
    pattern: /\b(\d\d?):([0-5]\d)(?::([0-5]\d))?\s?([aApP])\.?[mM]\b\.?/g,
    say: (hour, minute, second, half) => sayTime({ hour, minute, second, half }),
  },
  {
    pattern: /\b(\d\d?)\s?([aApP])\.?[mM]\b\.?/g,
    say: (hour, half) => sayTime({ hour, minute: "00", second: "", half }),
  },
  {
    pattern: /\b([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?\b/g,
    say: (hour, minute, second) => sayTime({ hour, minute, second, half: "" }),
  },
  {
    pattern: /\b(\d+):(\d+)\b/g,
    say: (one = "", other = "") => `${cardinal(one)} to ${cardinal(other)}`,
  },
  // Without a number before them, as in "this p.m.".
  { pattern: /\b([ap])\.m\./g, say: (half = "") => `${half.toUpperCase()}.M.` },
];

function sayTime(
  { hour = "", minute = "", second = "", half = "" }: {
    readonly hour: string | undefined;
    readonly minute: string | undefined;
    readonly second: string | undefined;
    readonly half: string | undefined;
  },
): string {
  const hours = cardinal(String(Number(hour)));
  const seconds = Number(second) === 0 ? "" : ` and ${cardinal(String(Number(second)))} seconds`;
  const part = half === "" ? "" : ` ${half.toUpperCase()}.M.`;
  if (Number(minute) > 0) {
    const minutes = cardinal(String(Number(minute)));
    return `${hours} ${Number(minute) < 10 ? "oh " : ""}${minutes}${seconds}${part}`;
  }
  if (part !== "") return hours + seconds + part;
  return Number(hour) > 12 || Number(hour) === 0
    ? `${hours} hundred${seconds}`
    : `${hours} o'clock${seconds}`;
}
