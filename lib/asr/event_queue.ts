import { EarshotError } from "../errors/mod.ts";
import type { AsrEvent } from "./contract.ts";

/** How many events may wait for a reader. Nobody says so many sentences in a minute. */
const MAX_WAITING = 1_000;

/** The events of one stream on their way to its reader: a newer partial takes the place of an unread one. */
export class EventQueue implements AsyncIterable<AsrEvent> {
  readonly #service: string;
  #events: AsrEvent[] = [];
  #end: { readonly error?: EarshotError } | undefined;
  #wake: PromiseWithResolvers<void> | undefined;

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
    this.#wake?.resolve();
  }

  /** Nothing more comes: the reader gets what waits, then the end or the error. The first call counts. */
  end(error?: EarshotError): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#wake?.resolve();
  }

  /** Takes events out; only one iteration may run. */
  async *[Symbol.asyncIterator](): AsyncGenerator<AsrEvent, void> {
    for (;;) {
      const events = this.#events;
      this.#events = [];
      yield* events;
      if (this.#events.length > 0) continue;
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return;
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }
}
