/** The ends of sentences, then of their parts, then of words: the later of the first kind that is there is taken. */
const ENDS: readonly RegExp[] = [
  /[.!?…]["'”’)\]]*\s+|[。！？；]["'”’」』）]*/gu,
  /[,;:–—]\s+|[，、：；]/gu,
  /\s+/gu,
];

/** Longer than any character as readers see it, families of emoji included, in UTF-16 units. */
const LONGEST_GRAPHEME = 64;

/**
 * A text in parts that a service takes at once, which give the text where they are joined; white space at the end of a
 * part does not count. Cut at the end of a sentence
 * where there is one, else of a part of one, else of a word, else between characters.
 */
export function splitText(text: string, maxChars: number): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > maxChars) {
    const length = lengthOfNext(rest, maxChars);
    parts.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return rest === "" ? parts : [...parts, rest];
}

function lengthOfNext(text: string, maxChars: number): number {
  const window = text.slice(0, maxChars + 1);
  for (const end of ENDS) {
    let length = 0;
    for (const { 0: found, index } of window.matchAll(end)) {
      if (index + found.trimEnd().length <= maxChars) length = index + found.length;
    }
    // A word is better cut than sent alone.
    if (length > maxChars / 4) return length;
  }
  // Between two characters as readers see them, and not within one, unless it is longer than all.
  const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  const last = graphemes.segment(text.slice(0, maxChars + LONGEST_GRAPHEME)).containing(maxChars)?.index ??
    maxChars;
  if (last > maxChars / 4) return last;
  const splitsPair = maxChars > 1 && /[\ud800-\udbff]/.test(text.charAt(maxChars - 1));
  return splitsPair ? maxChars - 1 : maxChars;
}
