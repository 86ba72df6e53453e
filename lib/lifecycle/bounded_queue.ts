import { Deque } from "@std/data-structures";

/**
 * A queue between one part that must not wait and another that takes everything at once. Without room the oldest
 * value is dropped and counted.
 *
 * @example
 * ```ts
 * import { BoundedQueue } from "./bounded_queue.ts";
 *
 * const queue = new BoundedQueue<string>(2);
 * for (const word of ["a", "b", "c"]) queue.push(word);
 * console.assert(queue.clear().join("") === "bc" && queue.dropped === 1);
 * ```
 */
export class BoundedQueue<T> {
  readonly #capacity: number;
  readonly #values = new Deque<T>();
  #dropped = 0;
  #closed = false;

  /** Creates an empty queue for so many values. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many values wait. */
  get length(): number {
    return this.#values.length;
  }

  /** How many values were lost for want of room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds a value; `false` after `close`. */
  push(value: T): boolean {
    if (this.#closed) return false;
    if (this.#values.length >= this.#capacity) {
      this.#values.popFront();
      this.#dropped++;
    }
    this.#values.pushBack(value);
    return true;
  }

  /** Takes no more values; what waits can still be taken out. */
  close(): void {
    this.#closed = true;
  }

  /** Goes through what waits, the oldest first, and takes nothing out. */
  [Symbol.iterator](): Iterator<T> {
    return this.#values[Symbol.iterator]();
  }

  /** Takes out, for good, what `keep` does not want. */
  retain(keep: (value: T) => boolean): void {
    for (const value of this.clear()) if (keep(value)) this.#values.pushBack(value);
  }

  /** Takes out everything that waits. */
  clear(): T[] {
    const values = [...this.#values];
    this.#values.clear();
    return values;
  }
}
