import { EarshotError } from "../errors/mod.ts";
import type { AsrEvent } from "./contract.ts";

/** How many events may wait for a reader. Nobody says so many sentences in a minute. */
const MAX_WAITING = 1_000;

const OVER = { value: undefined, done: true } as const;

/** The events of one stream on their way to its one reader: a newer partial takes the place of an unread one. */
export class EventQueue implements AsyncIterableIterator<AsrEvent, void> {
  readonly #service: string;
  readonly #events: AsrEvent[] = [];
  #end: { readonly error?: EarshotError } | undefined;
  /** Who waits for the next event. */
  #reader: PromiseWithResolvers<IteratorResult<AsrEvent, void>> | undefined;

  /** `service` is named in errors. */
  constructor(service: string) {
    this.#service = service;
  }

  /** Whether `end` was called. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Adds an event; after the end it is ignored. */
  push(event: AsrEvent): void {
    if (this.#end !== undefined) return;
    if (event.type === "partial" && this.#events.at(-1)?.type === "partial") this.#events.pop();
    if (this.#events.length >= MAX_WAITING) {
      return this.end(
        new EarshotError("asr.protocol", `Cannot follow ${this.#service}: it sends results without end`),
      );
    }
    this.#events.push(event);
    this.#serve();
  }

  /** Nothing more comes: the reader gets what waits, then the end or the error. The first call counts. */
  end(error?: EarshotError): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#serve();
  }

  /** Itself: there is one reader. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Takes the next event out, once there is one; called again only after that. */
  next(): Promise<IteratorResult<AsrEvent, void>> {
    const { promise } = this.#reader = Promise.withResolvers<IteratorResult<AsrEvent, void>>();
    this.#serve();
    return promise;
  }

  /** The reader wants no more. */
  return(): Promise<IteratorResult<AsrEvent, void>> {
    return Promise.resolve(OVER);
  }

  #serve(): void {
    const reader = this.#reader;
    if (reader === undefined || this.#events.length === 0 && this.#end === undefined) return;
    this.#reader = undefined;
    const event = this.#events.shift();
    if (event !== undefined) reader.resolve({ value: event, done: false });
    else if (this.#end?.error !== undefined) reader.reject(this.#end.error);
    else reader.resolve(OVER);
  }
}
