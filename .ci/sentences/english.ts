import type { Parts } from "./parts.ts";

/** Words before which `the` and `to` sound another way begin with one of these, after a stress mark. */
const VOWELS = /^[ˈˌ]?[AIOQWYaiuæɑɐɔəɛɜɪʊʌᵻ]/;

/**
 * The phonemes of an English sentence, as misaki writes them for Kokoro. Every word has to be in its dictionary, so
 * that nothing is guessed.
 */
export function englishPhonemes(text: string, dictionary: Parts["dictionary"]): string {
  const parts = text.match(/[A-Za-z']+|[.,!?;:]/g) ?? [];
  if (parts.join("") !== text.replaceAll(/\s/g, "")) {
    throw new Error(`Cannot speak "${text}": write it in words, commas, full stops and question marks`);
  }
  const spoken: string[] = [];
  // From its end, since some words sound by what comes after them.
  for (const part of parts.toReversed()) {
    const next = spoken[0];
    if (/^[A-Za-z']/.test(part)) {
      spoken.unshift(wordPhonemes(part, { dictionary, ...(next !== undefined && { next }) }));
    } else {
      spoken.unshift(part);
    }
  }
  return spoken.join(" ").replaceAll(/ (?=[.,!?;:])/g, "");
}

interface WordContext {
  readonly dictionary: Parts["dictionary"];
  /** The phonemes of the word after it, or a mark. */
  readonly next?: string;
}

function wordPhonemes(word: string, { dictionary, next = "." }: WordContext): string {
  const [atEnd, beforeVowel] = [/^[.,!?;:]/.test(next), VOWELS.test(next)];
  switch (word.toLowerCase()) {
    case "a":
      return "ɐ";
    case "am":
      return atEnd ? "æm" : "ɐm";
    case "i":
      return "ˌI";
    case "the":
      return beforeVowel ? "ði" : "ðə";
    case "to":
      return atEnd ? "tu" : beforeVowel ? "tʊ" : "tə";
  }
  const found = dictionary.get(word) ?? dictionary.get(word.toLowerCase());
  if (found === undefined) throw new Error(`Cannot speak "${word}": it is not in the dictionary`);
  if (typeof found === "string") return flapped(found);
  // Some words of grammar have a strong form, which stands before a pause.
  const phonemes = (atEnd ? found["None"] : undefined) ?? found["DEFAULT"];
  // `that` is the pronoun here wherever nothing is said about it, as in "that was long".
  const pronoun = word === "That" || (word === "that" && atEnd) ? found["DT"] : undefined;
  const chosen = pronoun ?? phonemes;
  if (typeof chosen !== "string") throw new Error(`Cannot speak "${word}": its entry has no usual form`);
  return flapped(chosen);
}

/** Kokoro was trained with T for the American t in "later". */
function flapped(phonemes: string): string {
  return phonemes.replaceAll("ɾ", "T").replaceAll("ʔ", "t");
}
