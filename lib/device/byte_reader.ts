/** Where a {@linkcode ByteReader} takes its bytes from; a `Deno.Conn` is one. */
export interface ByteSource {
  /** Fills a part of `buffer` and says how much, or `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

const BUFFER_BYTES = 16 * 1024;

/** Reads exact amounts and lines out of a stream of bytes. */
export class ByteReader {
  readonly #source: ByteSource;
  #buffer = new Uint8Array(BUFFER_BYTES);
  #start = 0;
  #end = 0;

  /** Nothing is read yet. */
  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** The next `sizeBytes` bytes as a copy, or `undefined` when the stream ends before. */
  async exactly(sizeBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#makeRoom(sizeBytes);
    while (this.#end - this.#start < sizeBytes) {
      if (!await this.#fill()) return undefined;
    }
    const bytes = this.#buffer.slice(this.#start, this.#start + sizeBytes);
    this.#start += sizeBytes;
    return bytes;
  }

  /**
   * The next line without its line break, or `undefined` when the stream ends, or the line exceeds what the
   * reader holds at once (16 KiB).
   */
  async line(): Promise<string | undefined> {
    this.#makeRoom(BUFFER_BYTES);
    for (let from = this.#start;;) {
      const breakAt = this.#buffer.subarray(0, this.#end).indexOf(0x0a, from);
      if (breakAt >= 0) {
        const line = new TextDecoder().decode(this.#buffer.subarray(this.#start, breakAt));
        this.#start = breakAt + 1;
        return line.replace(/\r$/, "");
      }
      from = this.#end;
      if (!await this.#fill()) return undefined;
    }
  }

  /** Moves what is held to the front of a buffer that `sizeBytes` fit into. */
  #makeRoom(sizeBytes: number): void {
    if (this.#buffer.length - this.#start >= sizeBytes) return;
    const held = this.#buffer.subarray(this.#start, this.#end);
    const target = sizeBytes > this.#buffer.length ? new Uint8Array(sizeBytes) : this.#buffer;
    target.set(held);
    this.#buffer = target;
    this.#end = held.length;
    this.#start = 0;
  }

  async #fill(): Promise<boolean> {
    if (this.#end === this.#buffer.length) return false;
    const sizeBytes = await this.#source.read(this.#buffer.subarray(this.#end));
    if (sizeBytes === null) return false;
    this.#end += sizeBytes;
    return true;
  }
}
