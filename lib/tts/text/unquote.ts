import { hostOf, HttpRefusal } from "../../net/mod.ts";

/** How much of a service's words is looked at, in characters: more is not told anyway. */
const MAX_WORDS = 2_000;
/** From how many characters on words are a quote: fewer are in many a message. Of other scripts than Latin, fewer do. */
const QUOTE = 8;
const SHORT_QUOTE = 4;

/**
 * Takes out of a service's words what they repeat of the text that it was to speak: errors of some quote what they
 * refuse, and nothing that was said goes into a log.
 */
export function unquote(words: string, said: string): string {
  const all = words.slice(0, MAX_WORDS);
  const whole = said.trim();
  if (whole.length < QUOTE) return whole.length < SHORT_QUOTE ? all : all.replaceAll(whole, "…");
  let safe = "";
  for (let at = 0; at < all.length;) {
    const length = quoteAt(all, { at, said });
    safe += length === 0 ? all.charAt(at) : "…";
    at += Math.max(1, length);
  }
  return safe;
}

/** The same for a refused request of `url`. */
export function unquoteRefusal(
  { status, headers, body }: HttpRefusal,
  { url, said }: { readonly url: string; readonly said: string },
): HttpRefusal {
  return new HttpRefusal(hostOf(url), { status, headers, body: unquote(body, said) });
}

/** How long the quote is that begins there, 0 where there is none. */
function quoteAt(words: string, { at, said }: { readonly at: number; readonly said: string }): number {
  let length = isLatin(words.slice(at, at + SHORT_QUOTE)) ? QUOTE : SHORT_QUOTE;
  if (at + length > words.length || !said.includes(words.slice(at, at + length))) return 0;
  while (at + length < words.length && said.includes(words.slice(at, at + length + 1))) length++;
  return length;
}

function isLatin(text: string): boolean {
  return /^[\p{Script=Latin}\p{Script=Common}]*$/u.test(text);
}
