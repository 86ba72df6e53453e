import { Deque } from "@std/data-structures";
import { EarshotError } from "../errors/mod.ts";

/** What happens to a value for which there is no room: the oldest goes, the new one goes, or `push` throws. */
export type Overflow = "drop_oldest" | "drop_newest" | "reject";

/** Options of a {@linkcode BoundedChannel}. */
export interface BoundedChannelOptions<T> {
  /** How many values may wait. */
  readonly capacity: number;
  /** What happens when there is no room. */
  readonly overflow: Overflow;
  /** The size of a value, in the unit of `maxSize`; needed for `maxSize` to count. */
  readonly sizeOf?: (value: T) => number;
  /** How much the waiting values may measure together. Default: no such bound. */
  readonly maxSize?: number;
}

/** Options of {@linkcode BoundedChannel.next}. */
export interface NextOptions {
  /** Ends the wait; nothing is lost by it. */
  readonly signal?: AbortSignal;
}

interface Reader<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/**
 * A queue between one part that must not wait and another that does. Iterating takes the values out and ends
 * after `close`; leaving a loop early leaves the channel open.
 *
 * @example
 * ```ts
 * import { BoundedChannel } from "./channel.ts";
 *
 * const channel = new BoundedChannel<string>({ capacity: 2, overflow: "drop_oldest" });
 * for (const word of ["a", "b", "c"]) channel.push(word);
 * channel.close();
 * console.assert((await Array.fromAsync(channel)).join("") === "bc" && channel.dropped === 1);
 * ```
 */
export class BoundedChannel<T> implements AsyncIterable<T> {
  readonly #options: BoundedChannelOptions<T>;
  readonly #maxSize: number;
  readonly #values = new Deque<T>();
  readonly #readers = new Set<Reader<T>>();
  #size = 0;
  #dropped = 0;
  #end: { readonly error?: unknown } | undefined;

  /** Creates an empty channel. */
  constructor(options: BoundedChannelOptions<T>) {
    this.#options = options;
    this.#maxSize = options.maxSize ?? Infinity;
  }

  /** How many values wait. */
  get length(): number {
    return this.#values.length;
  }

  /** What the waiting values measure together; 0 without `sizeOf`. */
  get size(): number {
    return this.#size;
  }

  /** How many values were lost for want of room, those that `push` refused included. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Adds a value and says whether it was taken, at once and whatever waits. Without room the policy decides:
   * `drop_oldest` makes room, `drop_newest` gives `false`, `reject` throws `lifecycle.overflow`. A value
   * larger than `maxSize` never has room. After `close` or `fail` it gives `false`.
   */
  push(value: T): boolean {
    if (this.#end !== undefined) return false;
    for (const reader of this.#readers) {
      this.#readers.delete(reader);
      reader.resolve({ done: false, value });
      return true;
    }
    const size = this.#options.sizeOf?.(value) ?? 0;
    if (!this.#makeRoom(size)) return false;
    this.#values.pushBack(value);
    this.#size += size;
    return true;
  }

  /** Takes no more values; the reader gets what waits, then the end. */
  close(): void {
    this.#finish({});
  }

  /** Takes no more values; the reader gets what waits, then the error. */
  fail(error: unknown): void {
    this.#finish({ error });
  }

  /** Takes out everything that waits, uncounted. */
  clear(): T[] {
    const values = [...this.#values];
    this.#values.clear();
    this.#size = 0;
    return values;
  }

  /** The next value, or the end. Rejects with the error of `fail`, or when its signal aborts first. */
  next(options: NextOptions = {}): Promise<IteratorResult<T, undefined>> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(EarshotError.from(signal.reason, "canceled"));
    if (this.#values.length > 0) return Promise.resolve({ done: false, value: this.#take() });
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#readers.delete(reader);
        reader.reject(EarshotError.from(signal?.reason, "canceled"));
      };
      const reader: Reader<T> = {
        resolve: (result) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(result);
        },
        reject: (error) => {
          signal?.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      if (this.#end !== undefined) return endReader(reader, this.#end);
      signal?.addEventListener("abort", onAbort);
      this.#readers.add(reader);
    });
  }

  /** Takes values out until the end. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return { next: () => this.next() };
  }

  #take(): T {
    const value = this.#values.popFront() as T; // callers have seen that it is not empty; T may be undefined
    this.#size -= this.#options.sizeOf?.(value) ?? 0;
    return value;
  }

  #makeRoom(size: number): boolean {
    const { capacity, overflow } = this.#options;
    const fits = () => this.#values.length < capacity && this.#size + size <= this.#maxSize;
    if (fits()) return true;
    if (overflow === "drop_oldest" && size <= this.#maxSize) {
      while (!fits() && this.#values.length > 0) {
        this.#take();
        this.#dropped++;
      }
      if (fits()) return true;
    }
    this.#dropped++;
    if (overflow !== "reject") return false;
    throw new EarshotError("lifecycle.overflow", `Cannot queue a value: ${this.#values.length} already wait`);
  }

  #finish(end: { readonly error?: unknown }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    for (const reader of this.#readers) endReader(reader, end);
    this.#readers.clear();
  }
}

function endReader<T>(reader: Reader<T>, end: { readonly error?: unknown }): void {
  if ("error" in end) reader.reject(end.error);
  else reader.resolve({ done: true, value: undefined });
}
