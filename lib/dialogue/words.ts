const HAN = /\p{Script=Han}/u;

/** How many words a text has; each Chinese character counts as one. */
export function wordCount(text: string): number {
  let count = 0;
  for (
    const { segment, isWordLike } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)
  ) {
    if (isWordLike) count += HAN.test(segment) ? [...segment].length : 1;
  }
  return count;
}
