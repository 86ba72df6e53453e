import type { EarshotError } from "../errors/mod.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceName } from "./service_name.ts";

/** How many events may wait for the reader: far more than an utterance or an answer has. */
const MAX_WAITING = 1_000;

const OVER = { value: undefined, done: true } as const;

/** Options of an {@linkcode EventQueue}. */
export interface EventQueueOptions<Event> {
  /** Named in errors. */
  readonly service: ServiceName;
  /** Whether a newer event takes the place of an unread one, such as a partial result. Default: never. */
  readonly replaces?: (newer: Event, unread: Event) => boolean;
}

/** The events of one stream on their way to its one reader; too many unread ones fail the stream. */
export class EventQueue<Event> implements AsyncIterableIterator<Event, void> {
  readonly #options: EventQueueOptions<Event>;
  readonly #events: Event[] = [];
  #end: { readonly error?: EarshotError } | undefined;
  /** The pending `next`. */
  #reader: PromiseWithResolvers<IteratorResult<Event, void>> | undefined;

  /** Starts empty. */
  constructor(options: EventQueueOptions<Event>) {
    this.#options = options;
  }

  /** Whether `end` was called. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Adds an event; after the end it is ignored. */
  push(event: Event): void {
    if (this.#end !== undefined) return;
    const { service, replaces } = this.#options;
    const unread = this.#events.at(-1);
    if (unread !== undefined && replaces?.(event, unread)) this.#events.pop();
    if (this.#events.length >= MAX_WAITING) {
      return this.end(serviceError(service, "protocol", { detail: "it sends results without end" }));
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

  /** The next event, once there is one; one call at a time. */
  next(): Promise<IteratorResult<Event, void>> {
    const { promise } = this.#reader = Promise.withResolvers<IteratorResult<Event, void>>();
    this.#serve();
    return promise;
  }

  /** The reader stops. */
  return(): Promise<IteratorResult<Event, void>> {
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
