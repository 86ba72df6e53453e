/** After these a full stop is none, whatever follows; without their own last full stop. */
// deno-fmt-ignore
const ABBREVIATIONS = new Set([
  "dr", "mr", "mrs", "ms", "mx", "prof", "st", "sr", "sra", "dra", "mt", "ft", "gen", "col", "capt", "cpt", "sgt", "lt",
  "cmdr", "rev", "hon", "gov", "sen", "rep", "pres", "messrs", "mme", "mlle", "vs", "cf", "approx", "eg", "ie", "viz", "ca",
  "bzw", "ggf", "evtl", "inkl", "ing", "dipl", "hr", "fr", "г", "ул", "им",
]);

/** After these only where a number follows: `No. 5`, but `No. I see`. */
// deno-fmt-ignore
const BEFORE_NUMBERS = new Set([
  "no", "nos", "nr", "num", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "p", "pp",
  "fig", "figs", "vol", "ch", "sec", "art", "tel", "ext", "eq", "ver", "v", "op", "abs", "bd", "рис", "стр",
]);

const sentences = new Intl.Segmenter("en", { granularity: "sentence" });
/** Marks of emphasis and code, which hide the ends of sentences from the segmenter. */
const MARKS = /[*_~`]+/g;
/** The word before a full stop, which may be followed by closing quotes and brackets, and the spaces after it. */
const LAST_WORD = /([^\s([{<"“‘«（【「『]*)\.["'”’»)\]}）】」』]*\s*$/u;
const LIST_NUMBER = /(?:^|[\n。！？；：]|[.!?:]\s)\s*[(（]?(?:\p{Nd}{1,3}|[ivxIVX]{1,4}|\p{L})\.\s*$/u;
const ONE_LETTER = /^\p{L}$/u;
const INITIALS = /^(?:\p{L}\.)+\p{L}$/u;
const HALF_DAY = /^[ap]\.m$/i;
const NUMBER_NEXT = /^[\s#]*\p{Nd}/u;

/**
 * Whether a sentence ends between `head`, which ends in `.`, `!` or `?` with the closing quotes and spaces after it, and
 * `tail`, which has what follows up to its first letter; `""` when nothing came yet.
 */
export function endsSentence(head: string, tail: string): boolean {
  const plain = head.replaceAll(MARKS, "");
  if (isAbbreviation(plain, tail)) return false;
  if (tail === "") return true;
  return sentences.segment(plain + tail.replaceAll(MARKS, "")).containing(plain.length)?.index ===
    plain.length;
}

function isAbbreviation(plain: string, tail: string): boolean {
  if (LIST_NUMBER.test(plain)) return true;
  const word = LAST_WORD.exec(plain.slice(-80))?.[1]?.replace(/^'+/, "");
  if (word === undefined) return false;
  const name = word.toLowerCase();
  if (ABBREVIATIONS.has(name) || ONE_LETTER.test(word)) return true;
  if (INITIALS.test(word)) return !HALF_DAY.test(word);
  if (!BEFORE_NUMBERS.has(name)) return false;
  // With nothing behind it yet, "No." is far more often an answer than a number's.
  return tail === "" ? name !== "no" : NUMBER_NEXT.test(tail);
}
