/** A priority queue; the greatest value by `compare` is at the root, so the default is a max-heap. */
export class BinaryHeap<T> implements Iterable<T> {
  constructor(compare?: (a: T, b: T) => number);
  /** Builds a heap out of an array, an iterable or another heap. */
  static from<T>(
    collection: ArrayLike<T> | Iterable<T> | BinaryHeap<T>,
    options?: { compare?: (a: T, b: T) => number },
  ): BinaryHeap<T>;
  /** The count of values. */
  get length(): number;
  /** The greatest value, which stays in the heap. */
  peek(): T | undefined;
  /** Takes the greatest value out. */
  pop(): T | undefined;
  /** Adds values and returns the new count. */
  push(...values: T[]): number;
  /** Takes every value out. */
  clear(): void;
  /** Whether the heap holds nothing. */
  isEmpty(): boolean;
  /** Takes the values out, the greatest first. */
  drain(): IterableIterator<T>;
  /** Like {@linkcode BinaryHeap.drain}: iterating empties the heap. */
  [Symbol.iterator](): IterableIterator<T>;
}
