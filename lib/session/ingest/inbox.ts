import { Deque } from "@std/data-structures";
import type { InboxScheduler, ScheduledInbox } from "./inbox_scheduler.ts";

/** What a device sent: a text message or a binary one. */
export type Inbound = string | Uint8Array;

/** What waits, and when it came, on the session's clock. */
interface Waiting {
  readonly inbound: Inbound;
  readonly receivedMs: number;
}

/** What may wait: a minute of the shortest usual frames, which a network may hold back and deliver at once. */
const MAX_FRAMES = 4_096;
const MAX_FRAME_BYTES = 1_048_576;
/** Twice of both is for everything, so that a text message finds room behind any burst of sound. */
const MAX_MESSAGES = 2 * MAX_FRAMES;
const MAX_BYTES = 2 * MAX_FRAME_BYTES;

/**
 * How many messages of a device are handled in so many ms before the event loop turns: 1 s of sound. Who sends faster
 * fills its inbox, and so is known for a flood.
 */
const MESSAGES_IN_A_ROW = 16;
const ROW_MS = 10;

/**
 * What a device has sent and nobody has handled yet, in order. Sound that finds no room is lost, text that
 * finds none is a flood; which of the two it was is the caller's to tell.
 */
export class Inbox implements ScheduledInbox {
  readonly #scheduler: InboxScheduler;
  readonly #handle: (inbound: Inbound, receivedMs: number) => void;
  /** What waits; mostly it is the only one, */
  #first: Inbound | undefined;
  #firstMs = 0;
  /** so there is room for others only once some came. */
  #messages: Deque<Waiting> | undefined;
  #count = 0;
  #bytes = 0;
  #awake = false;
  #closed = false;
  #row = 0;
  #rowEndsMs = 0;

  /**
   * Creates an empty inbox; `handle` takes message after message, in its turn, with the time at which it came, and must
   * not throw.
   */
  constructor(scheduler: InboxScheduler, handle: (inbound: Inbound, receivedMs: number) => void) {
    this.#scheduler = scheduler;
    this.#handle = handle;
  }

  /**
   * Adds a message that came at `receivedMs`; `false` when there is no room for it. It is handled once the caller has
   * returned.
   */
  push(inbound: Inbound, receivedMs: number): boolean {
    if (this.#closed) return true; // nobody misses it
    const full = this.#count >= MAX_FRAMES || this.#bytes >= MAX_FRAME_BYTES;
    if (full && typeof inbound !== "string") return false;
    if (this.#count >= MAX_MESSAGES || this.#bytes + inbound.length > MAX_BYTES) return false;
    // A device that sends at its own pace finds nothing waiting.
    if (this.#count === 0) {
      this.#first = inbound;
      this.#firstMs = receivedMs;
    } else (this.#messages ??= new Deque()).pushBack({ inbound, receivedMs });
    this.#count++;
    this.#bytes += inbound.length;
    if (!this.#awake) {
      this.#awake = true;
      this.#scheduler.join(this);
    }
    return true;
  }

  /** Handles the message that came first; says whether more wait. Called by the scheduler. */
  handleNext(nowMs: number): boolean {
    this.#handleOne();
    if (!this.#closed && this.#isFast(nowMs)) this.#scheduler.turnLoop();
    this.#awake = this.#count > 0;
    return this.#awake;
  }

  /** Forgets everything that waits, and handles nothing more. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#first = undefined;
    this.#messages?.clear();
    this.#count = this.#bytes = 0;
  }

  #isFast(nowMs: number): boolean {
    if (++this.#row < MESSAGES_IN_A_ROW) return false;
    const fast = nowMs < this.#rowEndsMs;
    this.#row = 0;
    this.#rowEndsMs = nowMs + ROW_MS;
    return fast;
  }

  #handleOne(): void {
    const first = this.#first;
    if (first !== undefined) {
      this.#first = undefined;
      return this.#take(first, this.#firstMs);
    }
    const next = this.#messages?.popFront();
    if (next !== undefined) this.#take(next.inbound, next.receivedMs);
  }

  #take(inbound: Inbound, receivedMs: number): void {
    this.#count--;
    this.#bytes -= inbound.length;
    this.#handle(inbound, receivedMs);
  }
}
