import { symbolsOfCode } from "./arpabet.ts";
import { type Following, functionWord } from "./function_words.ts";
import { heteronym, type Surroundings } from "./heteronyms.ts";
import type { LetterToSound } from "./letter_to_sound.ts";
import type { WordList } from "./word_list.ts";
import { withEd, withS, wordSounds } from "./word_sounds.ts";

/** The names of the letters, in the letters of `arpabet.ts`. */
const LETTER_NAMES: Readonly<Record<string, string>> = {
  A: "E1",
  B: "bY1",
  C: "sY1",
  D: "dY1",
  E: "Y1",
  F: "e1f",
  G: "jY1",
  H: "E1C",
  I: "I1",
  J: "jE1",
  K: "kE1",
  L: "e1l",
  M: "e1m",
  N: "e1n",
  O: "O1",
  P: "pY1",
  Q: "kyV1",
  R: "a1r",
  S: "e1s",
  T: "tY1",
  U: "yV1",
  V: "vY1",
  W: "du1bulyV",
  X: "e1ks",
  Y: "wI1",
  Z: "zY1",
};
/** A part of a compound has at least so many letters. */
const MIN_PART = 3;

/** Where a word stands. */
export interface Place extends Following, Surroundings {}

/** Says English words, in the voice's symbols. */
export class Pronouncer {
  readonly #words: WordList;
  readonly #letters: LetterToSound;
  /** What no list has is said again and again in a conversation: a name, a device. */
  readonly #unknown = new Map<string, string>();

  constructor(words: WordList, letters: LetterToSound) {
    this.#words = words;
    this.#letters = letters;
  }

  /** Whether a word, in small letters, is known as it is. */
  knows(word: string): boolean {
    return this.#words.find(word) !== undefined;
  }

  /** A word as it is said at a place. */
  say(text: string, place: Place): string {
    const word = text.toLowerCase();
    const form = functionWord(word, place);
    if (form !== undefined) return form;
    const code = heteronym(word, place) ?? this.#words.find(word);
    return code === undefined ? this.#derive(word) ?? this.#guess(word) : wordSounds(code, word);
  }

  /** Letters by their names; the last one has the stress. */
  spell(letters: string, { plural }: { readonly plural: boolean }): string {
    const names = [...letters].map((letter) => symbolsOfCode(LETTER_NAMES[letter] ?? ""));
    const last = names.pop() ?? "";
    const spelled = names.map((name) => name.replace("ˈ", "ˌ")).join("") + last;
    return plural ? withS(spelled) : spelled;
  }

  /** A known word with an ending, or two in one. */
  #derive(word: string): string | undefined {
    const known = (stem: string) => {
      const code = this.#words.find(stem);
      return code && wordSounds(code, stem);
    };
    const owner = /^(.+?)(?:'s|s')$/.exec(word)?.[1];
    if (owner !== undefined) return withS(known(owner) ?? this.#derive(owner) ?? this.#guess(owner));
    if (/'$/.test(word)) return this.#derive(word.slice(0, -1)) ?? this.#guess(word.slice(0, -1));
    for (const { ending, stems, add } of ENDINGS) {
      if (!word.endsWith(ending) || word.length < ending.length + 2) continue;
      for (const stem of stems(word.slice(0, -ending.length))) {
        const sounds = known(stem);
        if (sounds !== undefined) return add(sounds);
      }
    }
    return this.#compound(word, known);
  }

  /** Two words in one: the first has the stress. */
  #compound(word: string, known: (stem: string) => string | undefined): string | undefined {
    for (let at = word.length - MIN_PART; at >= MIN_PART; at--) {
      const [first, second] = [known(word.slice(0, at)), known(word.slice(at))];
      if (first !== undefined && second !== undefined) return first + second.replaceAll("ˈ", "ˌ");
    }
    return undefined;
  }

  #guess(word: string): string {
    const letters = word.replaceAll("'", "");
    let sounds = this.#unknown.get(letters);
    if (sounds === undefined) {
      sounds = wordSounds(this.#letters.say(letters), letters);
      if (this.#unknown.size >= MAX_UNKNOWN) this.#unknown.clear();
      this.#unknown.set(letters, sounds);
    }
    return sounds;
  }
}

/** How many guesses are kept. */
const MAX_UNKNOWN = 1_000;

/** An ending, what may stand without it, and how it sounds. */
interface Ending {
  readonly ending: string;
  readonly stems: (rest: string) => readonly string[];
  readonly add: (sounds: string) => string;
}

const asItIs = (rest: string) => [rest];
const withE = (rest: string) => [rest, `${rest}e`, rest.replace(/([bdfgklmnprstvz])\1$/, "$1")];
const withY = (rest: string) => [rest, rest.replace(/i$/, "y")];

const ENDINGS: readonly Ending[] = [
  { ending: "s", stems: (rest) => [rest, rest.replace(/e$/, ""), rest.replace(/ie$/, "y")], add: withS },
  { ending: "ed", stems: (rest) => [...withE(rest), rest.replace(/i$/, "y")], add: withEd },
  { ending: "ing", stems: withE, add: (sounds) => `${sounds}ɪŋ` },
  { ending: "ly", stems: withY, add: (sounds) => `${sounds}li` },
  {
    ending: "er",
    stems: (rest) => [...withE(rest), rest.replace(/i$/, "y")],
    add: (sounds) => `${sounds}əɹ`,
  },
  {
    ending: "est",
    stems: (rest) => [...withE(rest), rest.replace(/i$/, "y")],
    add: (sounds) => `${sounds}ᵻst`,
  },
  { ending: "ness", stems: withY, add: (sounds) => `${sounds}nəs` },
  { ending: "less", stems: asItIs, add: (sounds) => `${sounds}ləs` },
  { ending: "ful", stems: withY, add: (sounds) => `${sounds}fᵊl` },
  { ending: "ment", stems: asItIs, add: (sounds) => `${sounds}mənt` },
  { ending: "able", stems: withE, add: (sounds) => `${sounds}əbᵊl` },
];
