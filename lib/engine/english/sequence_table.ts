/** How finely logarithms are kept: a chance of e^-12.7 and a backoff of e^-9 to e^1.6 fit into a byte. */
const CHANCE_STEPS = 20;
const BACKOFF_STEPS = 24;
const BACKOFF_ZERO = 39;
/** The logarithm of the chance of what no sequence says. */
const UNKNOWN = -16;
const NEWLINE = 10;

/** A letter, and the phonemes that it stands for in the letters of `arpabet.ts`. */
export type LetterSound = readonly [letter: string, sounds: string];

/** The sequences of one length, sorted by those that they go on from. */
interface Level {
  /** The last symbol of each. */
  readonly symbols: Uint16Array;
  readonly chances: Uint8Array;
  readonly backoffs: Uint8Array;
  /** Where those begin that go on from it; one more than there are. */
  readonly next: Uint32Array;
}

/** Sequences of letters with their sounds, and how likely each is: a file of `deno task pronunciation`. */
export class SequenceTable {
  /** The letter and the sounds of each symbol. */
  readonly symbols: readonly LetterSound[];
  readonly #levels: readonly Level[];

  private constructor(symbols: readonly LetterSound[], levels: readonly Level[]) {
    this.symbols = symbols;
    this.#levels = levels;
  }

  /**
   * Reads a file: a line with how many sequences there are of each length, a line with the symbols, each as `letter:sounds`
   * (of the first two, which begin and end a word, `:`), and the numbers of each length. Throws a `RangeError` for what is
   * no such file.
   */
  static read(bytes: Uint8Array<ArrayBuffer>): SequenceTable {
    let at = 0;
    const take = (sizeBytes: number) => {
      if (!(sizeBytes > 0 && at + sizeBytes <= bytes.length)) {
        throw new RangeError("Cannot read sequences: the file is cut short");
      }
      // A copy, since larger numbers have to be aligned.
      const taken = bytes.slice(at, at + sizeBytes).buffer;
      at += sizeBytes;
      return taken;
    };
    const line = () => new TextDecoder().decode(take(bytes.indexOf(NEWLINE, at) + 1 - at)).trim();
    const counts = line().split(" ").map(Number);
    const symbols = line().split(" ").map((symbol): LetterSound => {
      const [letter = "", sounds = ""] = symbol.split(":");
      return [letter, sounds];
    });
    const levels = counts.map((count) => ({
      symbols: new Uint16Array(take(2 * count)),
      chances: new Uint8Array(take(count)),
      backoffs: new Uint8Array(take(count)),
      next: new Uint32Array(take(4 * (count + 1))),
    }));
    return new SequenceTable(symbols, levels);
  }

  /** How long the longest sequence is. */
  get order(): number {
    return this.#levels.length;
  }

  /** The logarithm of how likely the last of these symbols is after the others. */
  chanceOf(symbols: readonly number[]): number {
    let backoff = 0;
    for (let from = Math.max(0, symbols.length - this.order); from < symbols.length; from++) {
      const context = this.#find(symbols, from, symbols.length - 1);
      const level = this.#levels[symbols.length - 1 - from];
      if (context === undefined || level === undefined) continue;
      const found = this.#findNext(level, context, symbols.at(-1) ?? 0);
      if (found !== undefined) return backoff - (level.chances[found] ?? 0) / CHANCE_STEPS;
      if (from < symbols.length - 1) {
        const shorter = this.#levels[symbols.length - 2 - from];
        backoff += (BACKOFF_ZERO - (shorter?.backoffs[context.index] ?? BACKOFF_ZERO)) / BACKOFF_STEPS;
      }
    }
    return backoff + UNKNOWN;
  }

  /** The sequence of the symbols from `from` to `to`, as a place among those of its length. */
  #find(symbols: readonly number[], from: number, to: number): Place | undefined {
    let place: Place | undefined = { index: 0, from: 0, to: this.#levels[0]?.symbols.length ?? 0 };
    for (let at = from; at < to; at++) {
      const level: Level | undefined = this.#levels[at - from];
      const index: number | undefined = level && this.#findNext(level, place, symbols[at] ?? 0);
      if (level === undefined || index === undefined) return undefined;
      place = { index, from: level.next[index] ?? 0, to: level.next[index + 1] ?? 0 };
    }
    return place;
  }

  #findNext({ symbols }: Level, { from, to }: Place, symbol: number): number | undefined {
    while (from < to) {
      const middle = (from + to) >> 1;
      const found = symbols[middle] ?? 0;
      if (found === symbol) return middle;
      if (found < symbol) from = middle + 1;
      else to = middle;
    }
    return undefined;
  }
}

/** A sequence, and where those are that go on from it. */
interface Place {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

/** What is written of a chance, from its logarithm. */
export function byteOfChance(logarithm: number): number {
  return Math.min(255, Math.max(0, Math.round(-logarithm * CHANCE_STEPS)));
}

/** What is written of a backoff, from its logarithm. */
export function byteOfBackoff(logarithm: number): number {
  return Math.min(255, Math.max(0, Math.round(BACKOFF_ZERO - logarithm * BACKOFF_STEPS)));
}
