import { BinaryHeap } from "@std/data-structures";
import type { Clock } from "../lifecycle/mod.ts";
import { opusPacketDurationMs } from "./opus_packet.ts";

/** Concealment of more than this in a row is a drone; a longer gap is a pause. */
const MAX_CONCEALED_FRAMES = 5;
/** No packet is this late: a sender that goes back further has begun its time stamps anew. */
const RESTART_MS = 10_000;
/** Nor is so much sound late without a break. */
const RESTART_LATE_MS = 500;

/** What a {@linkcode JitterBuffer} lets through: a packet, or the place of one that did not come in time. */
export type JitterItem =
  | { readonly type: "packet"; readonly packet: Uint8Array; readonly timestampMs: number }
  | {
    readonly type: "lost";
    readonly timestampMs: number;
    readonly durationMs: number;
    /** The packet right after it, which may carry a copy of what was lost. */
    readonly next?: Uint8Array;
  };

/** Options of a {@linkcode JitterBuffer}. */
export interface JitterBufferOptions {
  /** The time source. */
  readonly clock: Clock;
  /** How long a packet waits for an earlier one, in ms. */
  readonly maxDelayMs: number;
  /** How long a packet is taken to sound until one says so itself, in ms. */
  readonly frameDurationMs: number;
  /** The most packets that wait; with one more, the earliest is released at once. Default 64. */
  readonly maxPackets?: number;
  /** Gets every item, in order, from within `push`, `flush` or a timer; must not throw. */
  readonly onRelease: (item: JitterItem) => void;
}

/** What a {@linkcode JitterBuffer} holds and has done. */
export interface JitterBufferStats {
  /** Packets that wait. */
  readonly held: number;
  /** Packets that were released. */
  readonly released: number;
  /** Items of type `lost`. */
  readonly lost: number;
  /** Packets that were dropped because their place had passed. */
  readonly late: number;
  /** Packets that were dropped because they had come before. */
  readonly duplicates: number;
  /** Packets that were released early because too many waited. */
  readonly overflowed: number;
}

interface HeldPacket {
  readonly packet: Uint8Array;
  readonly dueMs: number;
}

/**
 * Puts packets back in the order of their time stamps, for transports that may reorder them. What follows the
 * last packet goes on at once; a gap is waited for, and filled with `lost` items when it does not close.
 * Time stamps that come out strictly increase: where the sender's (u32) wrap around or begin anew, they go on.
 */
export class JitterBuffer {
  readonly #options: JitterBufferOptions;
  readonly #maxPackets: number;
  readonly #order = new BinaryHeap<number>((a, b) => a - b);
  /** By time stamp, in the order of arrival, so the first one is due first. */
  readonly #held = new Map<number, HeldPacket>();
  readonly #counts = { released: 0, lost: 0, late: 0, duplicates: 0, overflowed: 0 };
  #frameMs: number;
  /** Sound that was late since the last packet that was not. */
  #lateMs = 0;
  /** The last time stamp as it came, and its place in what comes out. */
  #anchor: { readonly rawMs: number; readonly atMs: number } | undefined;
  #releasedMs: number | undefined;
  /** Where the next packet belongs. */
  #expectedMs: number | undefined;
  #cancelTimer: () => void = () => {};
  #timerDueMs: number | undefined;
  #closed = false;

  /** An empty buffer; close it, since it may hold a timer. */
  constructor(options: JitterBufferOptions) {
    this.#options = options;
    this.#maxPackets = options.maxPackets ?? 64;
    this.#frameMs = options.frameDurationMs;
  }

  /** What it holds and has done. */
  get stats(): JitterBufferStats {
    return { held: this.#held.size, ...this.#counts };
  }

  /** Takes a packet with its sender's time stamp, a u32 in ms. Ignored once closed. */
  push(packet: Uint8Array, timestampMs: number): void {
    if (this.#closed) return;
    const atMs = this.#unwrap(timestampMs);
    if (this.#held.has(atMs) || atMs === this.#releasedMs) {
      this.#counts.duplicates++;
      return;
    }
    if (this.#isLate(atMs)) {
      this.#counts.late++;
      this.#lateMs += this.#frameMs;
      return;
    }
    this.#lateMs = 0;
    const { clock, maxDelayMs } = this.#options;
    this.#order.push(atMs);
    this.#held.set(atMs, { packet, dueMs: clock.nowMs() + maxDelayMs });
    this.#settle();
    if (this.#held.size <= this.#maxPackets) return;
    this.#counts.overflowed++;
    this.#releaseEarliest();
    this.#settle();
  }

  /** Releases everything that waits. */
  flush(): void {
    while (this.#held.size > 0) this.#releaseEarliest();
    this.#watch();
  }

  /** Drops everything that waits, and the timer. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#order.clear();
    this.#held.clear();
    this.#watch();
  }

  #unwrap(rawMs: number): number {
    const anchor = this.#anchor ?? { rawMs, atMs: rawMs };
    let atMs = anchor.atMs + ((rawMs - anchor.rawMs) | 0); // the signed difference of two u32
    const restartMs = this.#lateMs < RESTART_LATE_MS ? RESTART_MS : this.#frameMs / 2;
    if (this.#expectedMs !== undefined && atMs < this.#expectedMs - restartMs) {
      this.flush();
      atMs = this.#expectedMs;
    }
    this.#anchor = { rawMs, atMs };
    return atMs;
  }

  /** Half a frame of tolerance, as the clocks of devices tick in whole ms. */
  #isLate(atMs: number): boolean {
    return this.#expectedMs !== undefined && atMs < this.#expectedMs - this.#frameMs / 2;
  }

  #hasGapBefore(atMs: number): boolean {
    return this.#expectedMs !== undefined && atMs >= this.#expectedMs + this.#frameMs / 2;
  }

  /** Releases what is in its turn and what has waited long enough, with everything before it. */
  #settle(): void {
    const nowMs = this.#options.clock.nowMs();
    for (;;) {
      const [atMs, dueMs] = [this.#order.peek(), this.#nextDueMs()];
      if (atMs === undefined || dueMs === undefined) break;
      if (this.#hasGapBefore(atMs) && dueMs > nowMs) break;
      this.#releaseEarliest();
    }
    this.#watch();
  }

  #releaseEarliest(): void {
    const atMs = this.#order.pop();
    const held = atMs === undefined ? undefined : this.#held.get(atMs);
    if (atMs === undefined || held === undefined) return;
    this.#held.delete(atMs);
    if (this.#isLate(atMs)) { // of two packets within half a frame, the first has the place
      this.#counts.late++;
      return;
    }
    this.#conceal(atMs, held.packet);
    this.#frameMs = opusPacketDurationMs(held.packet) ?? this.#frameMs;
    this.#expectedMs = atMs + this.#frameMs;
    this.#releasedMs = atMs;
    this.#counts.released++;
    this.#emit({ type: "packet", packet: held.packet, timestampMs: atMs });
  }

  #conceal(untilMs: number, next: Uint8Array): void {
    const fromMs = this.#expectedMs ?? untilMs;
    const durationMs = this.#frameMs;
    const missing = Math.round((untilMs - fromMs) / durationMs);
    for (let index = 0; index < Math.min(missing, MAX_CONCEALED_FRAMES); index++) {
      this.#counts.lost++;
      const timestampMs = fromMs + index * durationMs;
      this.#emit({ type: "lost", timestampMs, durationMs, ...(index === missing - 1 && { next }) });
    }
  }

  #emit(item: JitterItem): void {
    if (!this.#closed) this.#options.onRelease(item);
  }

  #nextDueMs(): number | undefined {
    const [first] = this.#held.values();
    return first?.dueMs;
  }

  /** One timer, for the packet that has waited longest. */
  #watch(): void {
    const dueMs = this.#nextDueMs();
    if (dueMs === this.#timerDueMs) return;
    this.#cancelTimer();
    this.#timerDueMs = dueMs;
    if (dueMs === undefined) return;
    const { clock } = this.#options;
    this.#cancelTimer = clock.schedule(Math.max(0, dueMs - clock.nowMs()), () => {
      this.#timerDueMs = undefined;
      this.#settle();
    });
  }
}
