/** A piece of sound with its number. */
export interface NumberedPiece {
  readonly seq: number;
  /** 0 the first, 1 one between, 2 the last. */
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** How many pieces are kept that came too early; then a missing one is given up. */
const MAX_KEPT = 50;

/** Puts pieces of sound in order that may come out of it. */
export class PieceOrder {
  readonly #kept = new Map<number, Uint8Array>();
  /** The number that is due; `undefined` until the first piece is known. */
  #due: number | undefined;
  #last: number | undefined;

  /** Whether the last piece was given, and all before it. */
  get complete(): boolean {
    return this.#last !== undefined && this.#due !== undefined && this.#due > this.#last;
  }

  /** Takes a piece; gives those that are due now. */
  push({ seq, status, bytes }: NumberedPiece): readonly Uint8Array[] {
    if (status === 2) this.#last = seq;
    if (status === 0 || seq === 0) this.#due ??= seq;
    // It was given up, or numbers begin anew: better late than lost.
    if (this.#due !== undefined && seq < this.#due) return [bytes];
    this.#kept.set(seq, bytes);
    // Without a first one, nothing can be missing before the least.
    if (this.#due === undefined && status === 2 || this.#kept.size > MAX_KEPT) this.#due = this.#least();
    const due: Uint8Array[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) due.push(next);
    return due;
  }

  /** No more come: what is kept, in order; `undefined` where the last one has not come. */
  rest(): readonly Uint8Array[] | undefined {
    if (this.#last === undefined) return undefined;
    const kept = [...this.#kept].sort(([one], [other]) => one - other).map(([, bytes]) => bytes);
    this.#kept.clear();
    return kept;
  }

  #least(): number {
    return Math.min(...this.#kept.keys());
  }

  #next(): Uint8Array | undefined {
    if (this.#due === undefined) return undefined;
    const bytes = this.#kept.get(this.#due);
    if (bytes === undefined) return undefined;
    this.#kept.delete(this.#due);
    this.#due++;
    return bytes;
  }
}
