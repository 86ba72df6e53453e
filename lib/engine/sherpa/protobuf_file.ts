/** How much of the file is held at a time, in bytes. */
const WINDOW_BYTES = 65_536;
/** How many fields are looked at: a graph of some 10,000 nodes has a few 100,000. */
const MAX_FIELDS = 4_000_000;

/** One field of a protobuf message; the message is not read, only its requested parts. */
export interface ProtobufField {
  /** Its number in the message's definition. */
  readonly number: number;
  /** Its value, if it is a whole number. */
  readonly value?: number;
  /** Where its content lies in the file, if it is a text or a message. */
  readonly span?: Span;
}

/** A piece of a file, in bytes from its start. */
export interface Span {
  /** The first byte. */
  readonly start: number;
  /** The byte after the last one. */
  readonly end: number;
}

/**
 * A file in protobuf's format, of any size: what is not requested is skipped, not read, so the head of a model of
 * gigabytes costs milliseconds. Methods throw a `RangeError` for what is no protobuf.
 */
export class ProtobufFile implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #size: number;
  readonly #window = new Uint8Array(WINDOW_BYTES);
  #windowAt = 0;
  #windowBytes = 0;
  #fields = 0;

  /** Opens it; throws what `Deno.openSync` throws. */
  constructor(path: string) {
    this.#file = Deno.openSync(path);
    this.#size = this.#file.statSync().size;
  }

  /** All of it. */
  get whole(): Span {
    return { start: 0, end: this.#size };
  }

  /** The fields of a message, in their order. */
  *fields({ start, end }: Span): Generator<ProtobufField, void> {
    for (let at = start; at < end;) {
      if (++this.#fields > MAX_FIELDS) throw new RangeError("too many fields");
      const key = this.#varint(at);
      const number = Math.floor(key.value / 8);
      const wire = key.value % 8;
      if (number === 0) throw new RangeError("a field without a number");
      if (wire === 0) {
        const { value, next } = this.#varint(key.next);
        at = next;
        yield { number, value };
      } else if (wire === 2) {
        const length = this.#varint(key.next);
        at = length.next + length.value;
        if (at > end) throw new RangeError("a field that is longer than its message");
        yield { number, span: { start: length.next, end: at } };
      } else if (wire === 1 || wire === 5) {
        at = key.next + (wire === 1 ? 8 : 4);
        if (at > end) throw new RangeError("a field that is longer than its message");
        yield { number };
      } else {
        throw new RangeError("a field of an unknown kind");
      }
    }
  }

  /** A piece as text; `undefined` where it is longer than `maxBytes`. */
  text({ start, end }: Span, maxBytes: number): string | undefined {
    if (end - start > maxBytes) return undefined;
    return new TextDecoder().decode(this.bytes({ start, end }));
  }

  /** A piece as it is. */
  bytes({ start, end }: Span): Uint8Array {
    const bytes = new Uint8Array(end - start);
    for (let index = 0; index < bytes.length; index++) bytes[index] = this.#byte(start + index);
    return bytes;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  #varint(start: number): { readonly value: number; readonly next: number } {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.#byte(start + index);
      // Beyond 2^53 a number loses its last digits; no length and no key is as large.
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return { value, next: start + index + 1 };
    }
    throw new RangeError("a number without an end");
  }

  #byte(at: number): number {
    if (at < this.#windowAt || at >= this.#windowAt + this.#windowBytes) this.#read(at);
    const byte = this.#window[at - this.#windowAt];
    if (byte === undefined || at >= this.#windowAt + this.#windowBytes) {
      throw new RangeError("the end of the file");
    }
    return byte;
  }

  #read(at: number): void {
    this.#file.seekSync(at, Deno.SeekMode.Start);
    this.#windowAt = at;
    this.#windowBytes = 0;
    while (this.#windowBytes < WINDOW_BYTES) {
      const read = this.#file.readSync(this.#window.subarray(this.#windowBytes));
      if (read === null) return;
      this.#windowBytes += read;
    }
  }
}
