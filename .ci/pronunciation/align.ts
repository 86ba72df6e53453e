import type { Entry } from "./entries.ts";

/** A word letter by letter: each with the phonemes that it stands for, none, one or two. */
export interface AlignedWord {
  readonly word: string;
  readonly sounds: readonly string[];
}

/** How often the letters and sounds are counted anew. */
const ROUNDS = 6;
/** What two phonemes for one letter cost, so that a neighbor takes one where it can. */
const PAIR_COST = 0.5;
const VOWEL = /[aAuoWIeREiYOXUV]/;

/** What it is worth that a letter stands for these phonemes, as a logarithm. */
type Score = (letter: string, sounds: string) => number;

/** Finds out which letter of each word says which of its phonemes. Words for which that cannot be are left out. */
export function align(entries: readonly Entry[]): readonly AlignedWord[] {
  let aligned: readonly AlignedWord[] = [];
  let score: Score = (letter, sounds) => {
    if (sounds === "") return -2;
    const first = sounds.charAt(0);
    const kinds = VOWEL.test(first) === /[aeiouy]/.test(letter) ? 0 : -4;
    return kinds - (phonemesOf(sounds).length > 1 ? 3 : 0);
  };
  for (let round = 0; round < ROUNDS; round++) {
    const current = score;
    aligned = entries.flatMap(({ word, code }) => {
      const sounds = alignWord(word, phonemesOf(code), current);
      return sounds === undefined ? [] : [{ word, sounds }];
    });
    score = scoreFrom(aligned);
  }
  return aligned;
}

function phonemesOf(code: string): readonly string[] {
  return code.match(/[A-Za-z][12]?/g) ?? [];
}

/** The best way through letters and phonemes. */
function alignWord(word: string, phonemes: readonly string[], score: Score): readonly string[] | undefined {
  interface Step {
    readonly worth: number;
    readonly sounds: string;
    readonly before: Step | undefined;
  }
  let column = new Map<number, Step | undefined>([[0, undefined]]);
  const best = (steps: Map<number, Step | undefined>, at: number, step: Step) => {
    const known = steps.get(at);
    if (known === undefined || step.worth > known.worth) steps.set(at, step);
  };
  for (const letter of word) {
    const next = new Map<number, Step | undefined>();
    for (const [at, before] of column) {
      for (let count = 0; count <= 2 && at + count <= phonemes.length; count++) {
        const sounds = phonemes.slice(at, at + count).join("");
        const worth = (before?.worth ?? 0) + score(letter, sounds);
        best(next, at + count, { worth, sounds, before });
      }
    }
    column = next;
  }
  const sounds: string[] = [];
  for (let step = column.get(phonemes.length); step !== undefined; step = step.before) {
    sounds.push(step.sounds);
  }
  return sounds.length === word.length ? sounds.toReversed() : undefined;
}

/** What the words that were aligned say about each letter, whatever the stress is. */
function scoreFrom(aligned: readonly AlignedWord[]): Score {
  const pairs = new Map<string, number>();
  const letters = new Map<string, number>();
  const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const keyOf = (letter: string, sounds: string) => `${letter} ${sounds.replaceAll(/[12]/g, "")}`;
  for (const { word, sounds } of aligned) {
    for (const [at, sound] of sounds.entries()) {
      count(pairs, keyOf(word.charAt(at), sound));
      count(letters, word.charAt(at));
    }
  }
  const known = new Map<string, number>();
  return (letter, sounds) => {
    const key = `${letter} ${sounds}`;
    let value = known.get(key);
    if (value === undefined) {
      const share = ((pairs.get(keyOf(letter, sounds)) ?? 0) + 0.01) / ((letters.get(letter) ?? 0) + 10);
      value = Math.log(share) - (phonemesOf(sounds).length > 1 ? PAIR_COST : 0);
      known.set(key, value);
    }
    return value;
  };
}
