import { bareText } from "../../protocol/mod.ts";

/** Which part of what was heard must be in what is spoken for it to be an echo. */
const ECHO_SHARE = 0.6;

/** A word of so many letters is the same as one that has up to {@linkcode MOST_ENDING} more at its end. */
const LEAST_STEM = 3;
const MOST_ENDING = 2;

/** Whether words that were heard while `spoken` was being spoken are the device hearing itself: at least so many of them. */
export function isEcho(heard: string, spoken: string, share = ECHO_SHARE): boolean {
  const words = partsOf(heard);
  if (words.length === 0) return false;
  const said = [...new Set(partsOf(spoken))];
  return words.filter((word) => said.some((other) => isLike(word, other))).length >=
    words.length * share;
}

/** The same, or the same but for its end: what is heard faintly loses its endings, or gets others. */
function isLike(one: string, other: string): boolean {
  if (one === other) return true;
  const [short = "", long = ""] = one.length < other.length ? [one, other] : [other, one];
  return short.length >= LEAST_STEM && long.startsWith(short) && long.length - short.length <= MOST_ENDING;
}

/** Words, and of Chinese pairs of characters: single ones are in any text. */
function partsOf(text: string): readonly string[] {
  const words = [...new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)]
    .flatMap(({ segment, isWordLike }) => isWordLike ? [bareText(segment)] : []);
  const pairs: string[] = [];
  for (const run of bareText(text).match(/\p{Script=Han}+/gu) ?? []) {
    const characters = [...run];
    for (let at = 0; at + 1 < characters.length; at++) pairs.push(`${characters[at]}${characters[at + 1]}`);
  }
  return [...words.filter((word) => !/\p{Script=Han}/u.test(word)), ...pairs];
}
