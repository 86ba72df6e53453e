import { type Clock, systemClock } from "../lifecycle/mod.ts";
import type { JsonObject } from "../protocol/mod.ts";
import type { SimulatedToolServer } from "./tool_server.ts";

/** How many requests wait for the one before; firmware has a bound as well. */
const MAX_WAITING = 32;

/** Options of {@linkcode McpReplies}. */
export interface McpRepliesOptions {
  /** Sends a payload that is written already; whatever it is. */
  readonly send: (payload: string) => void;
  readonly clock?: Clock;
}

/** Carries out what is asked of a device, one after the other as on firmware's main task; what is too much is dropped. */
export class McpReplies {
  readonly #server: Pick<SimulatedToolServer, "answer">;
  readonly #options: McpRepliesOptions;
  readonly #waiting: JsonObject[] = [];
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  /** Nothing is asked yet. */
  constructor(server: Pick<SimulatedToolServer, "answer">, options: McpRepliesOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** The gateway asks for something. */
  receive(payload: JsonObject): void {
    if (this.#closed || this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push(payload);
    this.#next();
  }

  /** Says nothing more. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #next(): void {
    while (this.#cancelTimer === undefined && !this.#closed) {
      const payload = this.#waiting.shift();
      if (payload === undefined) return;
      const { payloads, afterMs = 0 } = this.#server.answer(payload);
      const say = () => payloads.forEach((each) => this.#options.send(each));
      if (afterMs <= 0) {
        say();
        continue;
      }
      const { clock = systemClock } = this.#options;
      this.#cancelTimer = clock.schedule(afterMs, () => {
        this.#cancelTimer = undefined;
        say();
        this.#next();
      });
    }
  }
}
