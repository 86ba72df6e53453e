import { Deque } from "@std/data-structures";

const OVER = { value: undefined, done: true } as const;

/**
 * Values on their way from one part to another, in order: with `capacity` of them waiting, whoever sends waits as well.
 *
 * @example
 * ```ts
 * import { Channel } from "./mod.ts";
 *
 * const words = new Channel<string>(1);
 * const reader = (async () => (await Array.fromAsync(words)).join(" "))();
 * for (const word of ["one", "two"]) await words.send(word);
 * words.close();
 * console.assert(await reader === "one two");
 * ```
 */
export class Channel<T> implements AsyncIterableIterator<T, void> {
  readonly #capacity: number;
  readonly #values = new Deque<T>();
  #senders: (() => void)[] = [];
  #reader: PromiseWithResolvers<IteratorResult<T, void>> | undefined;
  #end: { readonly error?: Error } | undefined;
  #canceled = false;

  /** Creates an empty channel. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many values wait. */
  get length(): number {
    return this.#values.length;
  }

  /** Resolves once the value is on its way; `false` when nobody takes it any more. */
  async send(value: T): Promise<boolean> {
    while (!this.#closed && this.#values.length >= this.#capacity) {
      await new Promise<void>((resolve) => this.#senders.push(resolve));
    }
    if (this.#closed) return false;
    this.#values.pushBack(value);
    this.#serve();
    return true;
  }

  /** No more values come: the reader gets those that wait, then the end or the error. The first call counts. */
  close(error?: Error): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#wakeSenders();
    this.#serve();
  }

  /** Nobody reads any more: what waits is dropped, and whoever sends is told. */
  cancel(): void {
    this.#canceled = true;
    this.#values.clear();
    this.close();
  }

  /** Itself: there is one reader. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next value, once there is one; one call at a time. */
  next(): Promise<IteratorResult<T, void>> {
    const { promise } = this.#reader = Promise.withResolvers<IteratorResult<T, void>>();
    this.#serve();
    return promise;
  }

  /** The reader stops. */
  return(): Promise<IteratorResult<T, void>> {
    this.cancel();
    return Promise.resolve(OVER);
  }

  get #closed(): boolean {
    return this.#end !== undefined || this.#canceled;
  }

  #wakeSenders(): void {
    for (const wake of this.#senders.splice(0)) wake();
  }

  #serve(): void {
    const reader = this.#reader;
    if (reader === undefined || this.#values.isEmpty() && this.#end === undefined) return;
    this.#reader = undefined;
    const value = this.#values.popFront();
    if (value === undefined && this.#end?.error !== undefined) reader.reject(this.#end.error);
    else if (value === undefined) reader.resolve(OVER);
    else {
      reader.resolve({ value, done: false });
      this.#wakeSenders();
    }
  }
}
