const [TAB, NEWLINE] = [9, 10];

/**
 * A pronouncing dictionary: a line `word<TAB>code` for each word, sorted by bytes. It stays the bytes that it is, since
 * a table of 125,000 strings takes ten times as much memory.
 */
export class WordList {
  readonly #bytes: Uint8Array;

  /** `bytes` is a whole file. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How a word is said, in the letters of `arpabet.ts`; `undefined` for one that is not there. */
  find(word: string): string | undefined {
    const wanted = new TextEncoder().encode(word);
    let [from, to] = [0, this.#bytes.length];
    while (from < to) {
      const start = this.#lineStart((from + to) >> 1);
      const order = this.#compare(wanted, start);
      if (order === 0) return this.#codeAt(start + wanted.length + 1);
      if (order < 0) to = start;
      else from = this.#lineEnd(start) + 1;
    }
    return undefined;
  }

  #lineStart(at: number): number {
    let start = at;
    while (start > 0 && this.#bytes[start - 1] !== NEWLINE) start--;
    return start;
  }

  #lineEnd(start: number): number {
    const end = this.#bytes.indexOf(NEWLINE, start);
    return end < 0 ? this.#bytes.length : end;
  }

  /** Below 0 where the wanted word stands before the one of this line. */
  #compare(wanted: Uint8Array, start: number): number {
    for (let at = 0; at <= wanted.length; at++) {
      // A word ends where the other one goes on, or at the tab, which is below every letter.
      const difference = (wanted[at] ?? TAB) - (this.#bytes[start + at] ?? TAB);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #codeAt(start: number): string {
    return new TextDecoder().decode(this.#bytes.subarray(start, this.#lineEnd(start)));
  }
}
