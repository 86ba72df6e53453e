const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Bytes that come in pieces of any size, taken in the sizes that a format has. It holds the requested bytes and one
 * piece, never the whole. What it gives is a view that holds until the next call.
 */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  /** What has come and was not taken: from `#from` up to `#through`. */
  #held = NOTHING;
  #from = 0;
  #through = 0;
  #position = 0;
  #ended = false;

  /** `source` is read as far as needed. */
  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** How many bytes were taken or skipped. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes, which stay where they are; fewer at the end only. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.#through - this.#from < count && await this.#more(count)) { /* one more piece */ }
    return this.#held.subarray(this.#from, Math.min(this.#through, this.#from + count));
  }

  /** What has come and was not taken; nothing is waited for. */
  get atHand(): Uint8Array {
    return this.#held.subarray(this.#from, this.#through);
  }

  /** Takes what is at hand; views of it hold until more is waited for. */
  drop(count: number): void {
    this.#advance(Math.min(count, this.#through - this.#from));
  }

  /** Takes the next bytes; fewer at the end only. */
  async take(count: number): Promise<Uint8Array> {
    const bytes = await this.peek(count);
    this.#advance(bytes.length);
    return bytes;
  }

  /** Takes whole units of `unitBytes`, as many as have come, at least one and at most `mostBytes`; none at the end. */
  async takeWhole(unitBytes: number, mostBytes: number): Promise<Uint8Array> {
    const come = (await this.peek(unitBytes)).length < unitBytes ? 0 : this.#through - this.#from;
    const bytes = Math.min(come, Math.max(unitBytes, mostBytes));
    return await this.take(bytes - bytes % unitBytes);
  }

  /** Skips bytes without holding them, and gives how many there were. */
  async skip(count: number): Promise<number> {
    let skipped = 0;
    while (skipped < count && (this.#from < this.#through || await this.#more(1))) {
      const step = Math.min(count - skipped, this.#through - this.#from);
      this.#advance(step);
      skipped += step;
    }
    return skipped;
  }

  /** Ends the source. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#source.return?.();
  }

  #advance(count: number): void {
    this.#from += count;
    this.#position += count;
  }

  /** Takes one piece of the source, with room for `count` bytes from here on; `false` at the end. */
  async #more(count: number): Promise<boolean> {
    if (this.#ended) return false;
    const { done, value } = await this.#source.next();
    if (done === true) {
      this.#ended = true;
      return false;
    }
    const heldBytes = this.#through - this.#from;
    if (heldBytes === 0) {
      [this.#held, this.#from, this.#through] = [value, 0, value.length];
      return true;
    }
    if (this.#through + value.length > this.#held.length) {
      // Doubled, so that a source of small pieces is not copied once for each of them; by what came, never by a claim.
      const room = Math.max(heldBytes + value.length, Math.min(2 * heldBytes, count));
      const held = new Uint8Array(room);
      held.set(this.#held.subarray(this.#from, this.#through));
      [this.#held, this.#from, this.#through] = [held, 0, heldBytes];
    }
    this.#held.set(value, this.#through);
    this.#through += value.length;
    return true;
  }
}
