import { dictionary } from "npm:cmu-pronouncing-dictionary@3.0.0";
import { ADDED_WORDS } from "./added_words.ts";
import { codeOfArpabet } from "../../lib/engine/english/arpabet.ts";

/** A word and how it is said, in the letters of `arpabet.ts`. */
export interface Entry {
  readonly word: string;
  readonly code: string;
}

/**
 * Every word of letters and apostrophes of the CMU Pronouncing Dictionary with its first pronunciation, and our own;
 * sorted by bytes.
 */
export function readEntries(): readonly Entry[] {
  return Object.entries<string>({ ...dictionary, ...ADDED_WORDS })
    .filter(([word]) => /^[a-z']*[a-z][a-z']*$/.test(word))
    // Some pronunciations have a remark behind them.
    .map(([word, arpabet]) => ({ word, code: codeOfArpabet(arpabet.replace(/ *#.*$/, "").trim()) }))
    .toSorted((one, other) => one.word < other.word ? -1 : 1);
}
