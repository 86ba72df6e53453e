/** Letters of scripts that are written without spaces, and the punctuation that goes with them. */
const SPACELESS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]/u;
const FULL_WIDTH_PUNCTUATION = /[\u3000-\u303f\uff00-\uff0f\uff1a-\uff20]/u;
const CLOSING = /[,.;:!?)\]}%]/;

/** Joins what was heard one after the other: a space between words, none inside of Chinese or Japanese. */
export function joinTexts(texts: readonly string[]): string {
  let joined = "";
  for (const text of texts) {
    const next = text.trim();
    if (joined !== "" && next !== "" && needsSpace(joined, next)) joined += " ";
    joined += next;
  }
  return joined;
}

function needsSpace(before: string, after: string): boolean {
  const left = [...before.slice(-2)].at(-1) ?? "";
  const right = [...after.slice(0, 2)][0] ?? "";
  if (CLOSING.test(right)) return false;
  if (FULL_WIDTH_PUNCTUATION.test(left) || FULL_WIDTH_PUNCTUATION.test(right)) return false;
  return !(SPACELESS.test(left) && SPACELESS.test(right));
}
