/** A double-ended queue over a ring buffer. */
export class Deque<T> implements Iterable<T> {
  constructor(source?: Iterable<T> | ArrayLike<T> | Deque<T> | null);
  /** The count of elements. */
  get length(): number;
  /** The element at `index` (negative counts from the back), or `undefined`. */
  at(index: number): T | undefined;
  /** Appends elements and returns the new length. */
  pushBack(value: T, ...rest: T[]): number;
  /** Prepends elements and returns the new length. */
  pushFront(value: T, ...rest: T[]): number;
  /** Takes the last element out. */
  popBack(): T | undefined;
  /** Takes the first element out. */
  popFront(): T | undefined;
  /** The first element, which stays. */
  peekFront(): T | undefined;
  /** The last element, which stays. */
  peekBack(): T | undefined;
  /** Whether the deque holds nothing. */
  isEmpty(): boolean;
  /** Takes every element out. */
  clear(): void;
  /** The elements from front to back, without taking them out. */
  [Symbol.iterator](): IterableIterator<T>;
}
