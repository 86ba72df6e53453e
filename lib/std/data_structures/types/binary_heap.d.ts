/** A priority queue with the first value in the order of `compare` at its root; by default the greatest. */
export class BinaryHeap<T> implements Iterable<T> {
  constructor(compare?: (a: T, b: T) => number);
  /** Builds a heap out of an array, an iterable or another heap. */
  static from<T>(
    collection: ArrayLike<T> | Iterable<T> | BinaryHeap<T>,
    options?: { compare?: (a: T, b: T) => number },
  ): BinaryHeap<T>;
  /** The count of values. */
  get length(): number;
  /** The value at the root, which stays. */
  peek(): T | undefined;
  /** Takes the value at the root out. */
  pop(): T | undefined;
  /** Adds values and returns the new count. */
  push(...values: T[]): number;
  /** Takes every value out. */
  clear(): void;
  /** Whether the heap holds nothing. */
  isEmpty(): boolean;
  /** Takes the values out in the order of `compare`. */
  drain(): IterableIterator<T>;
  /** Like {@linkcode BinaryHeap.drain}: iterating empties the heap. */
  [Symbol.iterator](): IterableIterator<T>;
}
