import type { Clock } from "./clock.ts";

/** Options of a {@linkcode FairQueue}. */
export interface FairQueueOptions {
  readonly clock: Clock;
  /** How many items may wait, kept ones aside. */
  readonly capacity: number;
  /** How much of its time a flow may make up for that it has not used, in ms. Default 0. */
  readonly creditMs?: number;
}

/** How an item waits in a {@linkcode FairQueue}. */
export interface FairQueueItem {
  /**
   * A flow's items keep their order, and the more of them came, the later they are due. Default: a flow of its own.
   */
  readonly flow?: object | undefined;
  /** What it costs, in ms of its flow's time. Default 0: due at once. */
  readonly costMs?: number | undefined;
  /** It is never displaced, and does not count against the capacity. */
  readonly kept?: boolean | undefined;
}

interface Entry<T> {
  readonly item: T;
  readonly flow: object | undefined;
  readonly kept: boolean;
  /** When its flow's time begins with it, and when it is due: the flow's time after it. */
  readonly startMs: number;
  readonly dueMs: number;
}

/**
 * A queue that is fair between flows, by virtual clocks (Zhang, 1990): each flow has a clock of its own that goes on by
 * the cost of each item and is behind the real one by its credit at most, and what is due first on its flow's clock is
 * next. With sound as the cost, a device that speaks in real time is served before those that have sent a minute at
 * once, which wait until that minute is over; no flow starves, since what comes later than an item is due, and the
 * credit, cannot pass it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { FairQueue, systemClock } from "./mod.ts";
 *
 * const queue = new FairQueue<string>({ clock: systemClock, capacity: 2 });
 * const [flood, speaker] = [{}, {}];
 * queue.push("a minute", { flow: flood, costMs: 60_000 });
 * queue.push("another", { flow: flood, costMs: 60_000 });
 * queue.push("a word", { flow: speaker, costMs: 500 });
 * assertEquals(queue.displace(), "another");
 * assertEquals(queue.shift(), "a word");
 * ```
 */
export class FairQueue<T> {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #creditMs: number;
  /** By when they are due; those due at once, as they came. */
  #entries: Entry<T>[] = [];
  #kept = 0;
  /** The virtual clock of each flow. */
  readonly #clocks = new WeakMap<object, number>();

  /** Creates an empty queue. */
  constructor({ clock, capacity, creditMs = 0 }: FairQueueOptions) {
    this.#clock = clock;
    this.#capacity = capacity;
    this.#creditMs = creditMs;
  }

  /** How many items wait. */
  get length(): number {
    return this.#entries.length;
  }

  /** Adds an item, which may be one too many: then `displace` takes it, or another one, out again. */
  push(item: T, { flow, costMs = 0, kept = false }: FairQueueItem = {}): void {
    const nowMs = this.#clock.nowMs();
    const usedMs = flow && this.#clocks.get(flow);
    const startMs = usedMs === undefined ? nowMs : Math.max(nowMs - this.#creditMs, usedMs);
    const dueMs = startMs + costMs;
    if (flow !== undefined) this.#clocks.set(flow, dueMs);
    const behind = this.#entries.findLastIndex((other) => other.dueMs <= dueMs);
    this.#entries.splice(behind + 1, 0, { item, flow, kept, startMs, dueMs });
    if (kept) this.#kept++;
  }

  /** Takes out what is due first. */
  shift(): T | undefined {
    const entry = this.#entries.shift();
    if (entry?.kept) this.#kept--;
    return entry?.item;
  }

  /** Where there is one too many, takes out what is due last: the newest item of the flow that is furthest ahead. */
  displace(): T | undefined {
    if (this.#entries.length - this.#kept <= this.#capacity) return undefined;
    return this.#takeOut(this.#entries.findLastIndex(({ kept }) => !kept));
  }

  /** Takes out an item that is canceled; `false` when it does not wait. */
  remove(item: T): boolean {
    return this.#takeOut(this.#entries.findIndex((entry) => entry.item === item)) !== undefined;
  }

  /** Takes everything out, what is due first first. */
  clear(): readonly T[] {
    const entries = this.#entries;
    this.#entries = [];
    this.#kept = 0;
    for (const entry of entries.toReversed()) this.#refund(entry); // the newest of each flow first
    return entries.map(({ item }) => item);
  }

  #takeOut(index: number): T | undefined {
    const entry = index < 0 ? undefined : this.#entries.splice(index, 1)[0];
    if (entry === undefined) return undefined;
    if (entry.kept) this.#kept--;
    const newest = !this.#entries.slice(index).some(({ flow }) => flow !== undefined && flow === entry.flow);
    if (newest) this.#refund(entry);
    return entry.item;
  }

  /** Takes back the cost of the newest of a flow; items after an older one stay where they are. */
  #refund({ flow, startMs, dueMs }: Entry<T>): void {
    if (flow !== undefined && this.#clocks.get(flow) === dueMs) this.#clocks.set(flow, startMs);
  }
}
