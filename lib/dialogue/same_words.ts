/** Whether two texts are the same words: equal without case, width, spaces and punctuation. */
export function sameWords(one: string, other: string): boolean {
  return one === other || wordsOnly(one) === wordsOnly(other);
}

function wordsOnly(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/[\p{P}\p{Z}\p{C}\s]+/gu, "");
}
