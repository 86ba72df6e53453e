import { EarshotError } from "../errors/mod.ts";
import type { AsrEvent } from "./contract.ts";

/** How many events may wait for a reader. Nobody says so many sentences in a minute. */
const MAX_WAITING = 1_000;

const OVER = { value: undefined, done: true } as const;

/** The events of one stream on their way to its reader: a newer partial takes the place of an unread one. */
export class EventQueue implements AsyncIterable<AsrEvent> {
  readonly #service: string;
  readonly #events: AsrEvent[] = [];
  #end: { readonly error?: EarshotError } | undefined;
  /** Tells who waits for the next event. */
  #wake: (() => void) | undefined;

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
    this.#wake?.();
  }

  /** Nothing more comes: the reader gets what waits, then the end or the error. The first call counts. */
  end(error?: EarshotError): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#wake?.();
  }

  /** Takes events out; only one iteration may run. */
  [Symbol.asyncIterator](): AsyncIterator<AsrEvent, void> {
    return { next: () => this.#next(), return: () => Promise.resolve(OVER) };
  }

  async #next(): Promise<IteratorResult<AsrEvent, void>> {
    if (this.#events.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const event = this.#events.shift();
    if (event !== undefined) return { value: event, done: false };
    if (this.#end?.error !== undefined) throw this.#end.error;
    return OVER;
  }
}
