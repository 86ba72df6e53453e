import { SequenceTable } from "./sequence_table.ts";

/** How many readings of a word are followed at the same time. */
const READINGS = 8;
/** The symbols that begin and end every word. */
const [START, END] = [0, 1];
/** Nobody says longer words; what comes behind is left out. */
const MAX_LETTERS = 40;

/** A reading of the beginning of a word. */
interface Reading {
  readonly chance: number;
  readonly symbols: readonly number[];
}

/** Says words that are in no dictionary, from how the letters of those that are in one are said. */
export class LetterToSound {
  readonly #table: SequenceTable;
  readonly #byLetter = new Map<string, number[]>();

  /** `bytes` is a whole file of `deno task pronunciation`. Throws what {@linkcode SequenceTable.read} throws. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#table = SequenceTable.read(bytes);
    for (const [symbol, [letter]] of this.#table.symbols.entries()) {
      if (symbol <= END) continue;
      const symbols = this.#byLetter.get(letter) ?? [];
      symbols.push(symbol);
      this.#byLetter.set(letter, symbols);
    }
  }

  /** The likeliest pronunciation of a word of small letters, in the letters of `arpabet.ts`; others are skipped. */
  say(word: string): string {
    let readings: readonly Reading[] = [{ chance: 0, symbols: [START] }];
    for (const letter of word.slice(0, MAX_LETTERS)) {
      const sounds = this.#byLetter.get(letter);
      if (sounds === undefined) continue;
      readings = readings
        .flatMap((reading) => sounds.map((symbol) => this.#extend(reading, symbol)))
        .toSorted((one, other) => other.chance - one.chance)
        .slice(0, READINGS);
    }
    const ended = readings.map((reading) => this.#extend(reading, END));
    const best = ended.reduce((one, other) => other.chance > one.chance ? other : one);
    return withOneStress(best.symbols.map((symbol) => this.#table.symbols[symbol]?.[1] ?? "").join(""));
  }

  #extend({ chance, symbols }: Reading, symbol: number): Reading {
    const extended = [...symbols, symbol];
    return { chance: chance + this.#table.chanceOf(extended.slice(-this.#table.order)), symbols: extended };
  }
}

/** A word has one primary stress: the first that was found, or else the first vowel has it. */
function withOneStress(code: string): string {
  const first = code.indexOf("1");
  if (first >= 0) return code.slice(0, first + 1) + code.slice(first + 1).replaceAll("1", "2");
  if (code.includes("2")) return code.replace("2", "1");
  return code.replace(/[aAuoWIeREiYOXUV]/, "$&1");
}
