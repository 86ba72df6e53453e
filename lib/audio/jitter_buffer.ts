import { BinaryHeap } from "@std/data-structures";
import type { Clock } from "../lifecycle/mod.ts";
import { opusPacketDurationMs } from "./opus_packet.ts";

/** A longer gap is a pause of the sender, not a loss; nor may a packet cost more work than this many others. */
const MAX_CONCEALED_PACKETS = 8;
/** So many late packets in a row mean that the sender's time stamps have started again. */
const LATE_BEFORE_RESTART = 3;

/** What a {@linkcode JitterBuffer} lets through: a packet, or the place of one that was lost. */
export type JitterItem =
  | { readonly type: "packet"; readonly packet: Uint8Array; readonly timestampMs: number }
  | { readonly type: "lost"; readonly timestampMs: number; readonly durationMs: number };

/** Options of a {@linkcode JitterBuffer}. */
export interface JitterBufferOptions {
  /** How long a packet waits for one that it overtook, in ms. */
  readonly maxDelayMs: number;
  /** The time source. */
  readonly clock: Clock;
  /** How long a packet sounds that does not say it itself, in ms. */
  readonly frameDurationMs: number;
  /** Gets everything in order, from within `push`, `flush` or a timer; must not throw. */
  readonly onRelease: (item: JitterItem) => void;
  /** How many packets may wait; when one more comes, the earliest goes on at once. Default 64. */
  readonly maxPackets?: number;
}

/** What a {@linkcode JitterBuffer} holds and has counted, in packets where no unit is named. */
export interface JitterBufferStats {
  /** Waiting for an earlier packet. */
  readonly waiting: number;
  /** Let through. */
  readonly released: number;
  /** Sound that was missing when its time came, in ms. */
  readonly lostMs: number;
  /** Dropped, since their place was taken or had been given up. */
  readonly late: number;
  /** Let through before their time, since too many waited. */
  readonly overflowed: number;
}

interface Waiting {
  readonly packet: Uint8Array;
  readonly timestampMs: number;
  readonly dueMs: number;
}

/**
 * Puts the packets of a transport that may reorder them back in order, by their time stamps. Packets in order
 * pass at once; one that came too early waits for the missing one, at most `maxDelayMs`, and what is missing
 * then is reported as lost. The very first packet waits as well, as others may belong before it.
 */
export class JitterBuffer {
  readonly #options: JitterBufferOptions;
  readonly #maxPackets: number;
  readonly #byTimestamp = new BinaryHeap<Waiting>((a, b) => b.timestampMs - a.timestampMs);
  /** The same packets, in the order in which they came. */
  readonly #byArrival = new Set<Waiting>();
  /** Where the next packet should begin; unknown until the first has been let through. */
  #nextMs: number | undefined;
  #frameMs: number;
  #lateInARow = 0;
  #cancelTimer: (() => void) | undefined;
  #closed = false;
  #released = 0;
  #lostMs = 0;
  #late = 0;
  #overflowed = 0;

  /** Creates an empty buffer. */
  constructor(options: JitterBufferOptions) {
    this.#options = options;
    this.#maxPackets = options.maxPackets ?? 64;
    this.#frameMs = options.frameDurationMs;
  }

  /** What it holds and has counted. */
  get stats(): JitterBufferStats {
    return {
      waiting: this.#byArrival.size,
      released: this.#released,
      lostMs: this.#lostMs,
      late: this.#late,
      overflowed: this.#overflowed,
    };
  }

  /** Takes a packet that begins at `timestampMs` of the sender's clock. After `close` it is ignored. */
  push(packet: Uint8Array, timestampMs: number): void {
    if (this.#closed) return;
    if (this.#placeOf(timestampMs) < 0) {
      if (++this.#lateInARow < LATE_BEFORE_RESTART) {
        this.#late++;
        return;
      }
      this.flush();
      this.#nextMs = undefined;
    }
    this.#lateInARow = 0;
    const dueMs = this.#options.clock.nowMs() + this.#options.maxDelayMs;
    const waiting: Waiting = { packet, timestampMs, dueMs };
    this.#byTimestamp.push(waiting);
    this.#byArrival.add(waiting);
    this.#releaseReady();
    if (this.#byArrival.size <= this.#maxPackets) return;
    this.#overflowed++;
    this.#releaseEarliest();
    this.#releaseReady();
  }

  /** Lets everything through that waits, in order, with its gaps. */
  flush(): void {
    this.#releaseThrough(Infinity);
    this.#setTimer();
  }

  /** Drops what waits and stops the timer. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#byTimestamp.clear();
    this.#byArrival.clear();
    this.#setTimer();
  }

  /** Lets through what is in order and what has waited long enough, with all that belongs before it. */
  #releaseReady(): void {
    for (;;) {
      while (this.#placeOf(this.#earliestMs()) <= 0) this.#releaseEarliest();
      const [oldest] = this.#byArrival;
      if (oldest === undefined || oldest.dueMs > this.#options.clock.nowMs()) break;
      this.#releaseThrough(oldest.timestampMs);
    }
    this.#setTimer();
  }

  #setTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const [oldest] = this.#byArrival;
    if (oldest === undefined) return;
    const { clock } = this.#options;
    this.#cancelTimer = clock.schedule(oldest.dueMs - clock.nowMs(), () => this.#releaseReady());
  }

  #releaseThrough(timestampMs: number): void {
    while (this.#byArrival.size > 0 && this.#earliestMs() <= timestampMs) this.#releaseEarliest();
  }

  #releaseEarliest(): void {
    const earliest = this.#byTimestamp.pop();
    if (earliest === undefined) return;
    this.#byArrival.delete(earliest);
    const { packet, timestampMs } = earliest;
    if (this.#placeOf(timestampMs) < 0) {
      this.#late++; // the same sound came twice
      return;
    }
    this.#reportLost(timestampMs);
    this.#frameMs = opusPacketDurationMs(packet) ?? this.#options.frameDurationMs;
    this.#nextMs = timestampMs + this.#frameMs;
    this.#released++;
    this.#emit({ type: "packet", packet, timestampMs });
  }

  /** Reports every packet that is missing before `timestampMs`. */
  #reportLost(timestampMs: number): void {
    const startMs = this.#nextMs;
    const missing = this.#placeOf(timestampMs);
    if (startMs === undefined || missing > MAX_CONCEALED_PACKETS) return;
    const durationMs = this.#frameMs;
    this.#lostMs += missing * durationMs;
    for (let i = 0; i < missing; i++) {
      this.#emit({ type: "lost", timestampMs: startMs + i * durationMs, durationMs });
    }
  }

  #emit(item: JitterItem): void {
    if (!this.#closed) this.#options.onRelease(item);
  }

  /** Where a packet stands in the row, in packets: 0 is next, below is too late, above too early or unknown. */
  #placeOf(timestampMs: number): number {
    return this.#nextMs === undefined ? 1 : Math.round((timestampMs - this.#nextMs) / this.#frameMs);
  }

  #earliestMs(): number {
    return this.#byTimestamp.peek()?.timestampMs ?? Infinity;
  }
}
