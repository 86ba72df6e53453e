import { Deque } from "@std/data-structures";
import type { OutgoingEvent } from "./event.ts";

/** How many events wait at most for a receiver that is down, and how much they may take, in bytes. */
export const QUEUE_BOUNDS = { events: 1_000, bytes: 1_048_576 } as const;

/** Events that wait, bounded by number and size; without room the oldest are dropped and counted. */
export class EventQueue {
  readonly #events = new Deque<OutgoingEvent>();
  #sizeBytes = 0;
  #dropped = 0;

  /** How many wait. */
  get length(): number {
    return this.#events.length;
  }

  /** What they take, in bytes. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** How many were lost for want of room, or given up. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds one. */
  push(event: OutgoingEvent): void {
    this.#events.pushBack(event);
    this.#sizeBytes += event.body.length;
    while (this.#events.length > QUEUE_BOUNDS.events || this.#sizeBytes > QUEUE_BOUNDS.bytes) {
      this.shift();
      this.#dropped++;
    }
  }

  /** Takes the oldest out. */
  shift(): OutgoingEvent | undefined {
    const event = this.#events.popFront();
    this.#sizeBytes -= event?.body.length ?? 0;
    return event;
  }

  /** Takes out, for good, what a device has said; that is no loss. */
  forget(deviceId: string): void {
    const kept = [...this.#events].filter(({ device }) => device.id !== deviceId);
    this.#events.clear();
    this.#sizeBytes = 0;
    for (const event of kept) {
      this.#events.pushBack(event);
      this.#sizeBytes += event.body.length;
    }
  }

  /** Drops what waits. */
  drop(): void {
    this.#dropped += this.#events.length;
    this.#events.clear();
    this.#sizeBytes = 0;
  }
}
