import { Deque } from "@std/data-structures";
import type { Clock } from "../lifecycle/mod.ts";

/** What a device sent: a text message or a binary one. */
export type Inbound = string | Uint8Array;

/** What may wait: a minute of the shortest usual frames, which a network may hold back and deliver at once. */
const MAX_FRAMES = 4_096;
const MAX_FRAME_BYTES = 1_048_576;
/** Twice of both is for everything, so that a text message finds room behind any burst of sound. */
const MAX_MESSAGES = 2 * MAX_FRAMES;
const MAX_BYTES = 2 * MAX_FRAME_BYTES;

/** How many messages of a device are handled in so many ms before everybody else has a turn: 1 s of sound. */
const MESSAGES_IN_A_ROW = 16;
const ROW_MS = 10;

/**
 * What a device has sent and nobody has handled yet, in order. Sound that finds no room is lost, text that
 * finds none is a flood; which of the two it was is the caller's to tell.
 */
export class Inbox {
  readonly #clock: Clock;
  readonly #handle: (inbound: Inbound) => void;
  readonly #messages = new Deque<Inbound>();
  /** What waits before those; mostly it is the only one. */
  #first: Inbound | undefined;
  #count = 0;
  #bytes = 0;
  #awake = false;
  #closed = false;
  #row = 0;
  #rowEndsMs = 0;
  #cancelRest: (() => void) | undefined;

  /** Creates an empty inbox; `handle` takes message after message and must not throw. */
  constructor(clock: Clock, handle: (inbound: Inbound) => void) {
    this.#clock = clock;
    this.#handle = handle;
  }

  /** Adds a message; `false` when there is no room for it. It is handled once the caller has returned. */
  push(inbound: Inbound): boolean {
    if (this.#closed) return true; // nobody misses it
    const full = this.#count >= MAX_FRAMES || this.#bytes >= MAX_FRAME_BYTES;
    if (full && typeof inbound !== "string") return false;
    if (this.#count >= MAX_MESSAGES || this.#bytes + inbound.length > MAX_BYTES) return false;
    // A device that sends at its own pace finds nothing waiting.
    if (this.#count === 0) this.#first = inbound;
    else this.#messages.pushBack(inbound);
    this.#count++;
    this.#bytes += inbound.length;
    this.#wake();
    return true;
  }

  /** Forgets everything that waits, and handles nothing more. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#cancelRest?.();
    this.#first = undefined;
    this.#messages.clear();
    this.#count = this.#bytes = 0;
  }

  #wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    queueMicrotask(this.#drain);
  }

  readonly #drain = () => {
    this.#cancelRest = undefined;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#handle(next);
      if (this.#closed) return;
      // Deno hands over all that TCP holds in one turn of its loop, so a flood would keep others waiting.
      if (this.#mustRest()) {
        this.#cancelRest = this.#clock.schedule(0, this.#drain);
        return;
      }
    }
    this.#awake = false;
  };

  #next(): Inbound | undefined {
    const next = this.#first ?? this.#messages.popFront();
    if (next === undefined) return undefined;
    this.#first = undefined;
    this.#count--;
    this.#bytes -= next.length;
    return next;
  }

  #mustRest(): boolean {
    if (++this.#row < MESSAGES_IN_A_ROW) return false;
    const nowMs = this.#clock.nowMs();
    const fast = nowMs < this.#rowEndsMs;
    this.#row = 0;
    this.#rowEndsMs = nowMs + ROW_MS;
    return fast;
  }
}
