import type { Tool } from "../contract.ts";
import type { DeviceToolList } from "./list_device_tools.ts";
import type { StrayReason } from "./device_rpc.ts";

/** How many lists are remembered, and how many bytes of them. */
const MAX_LISTS = 1_024;
const MAX_CACHE_BYTES = 8_388_608;
/** How many bytes of lists all sessions may hold. */
const MAX_HELD_BYTES = 67_108_864;

/** What becomes of a call; `refused` is one for which there was no room. */
export type CallOutcome = "ok" | "failed" | "timeout" | "canceled" | "refused" | "unavailable";
/** Each {@linkcode CallOutcome}. */
export const CALL_OUTCOMES = [
  "ok",
  "failed",
  "timeout",
  "canceled",
  "refused",
  "unavailable",
] as const satisfies readonly CallOutcome[];
/** What may be wrong with an answer. */
export const STRAY_REASONS = ["unknown", "repeated", "late", "malformed", "unescaped"] as const;
/** How a list may end. */
export const LIST_OUTCOMES = ["whole", "cut", "broken", "failed"] as const;

/** A list that is remembered. */
export interface CachedToolList {
  readonly version: string;
  readonly tools: readonly Tool[];
  readonly sizeBytes: number;
}

/** What the device tools of all sessions of a process share: lists of devices that come again, a bound, and counts. */
export class DeviceToolsShared {
  /** Calls by what became of them. */
  readonly calls: Record<CallOutcome, number>;
  /** Answers that nobody waited for, or that were not written as they should be. */
  readonly strays: Record<StrayReason | "unescaped", number>;
  /** Lists that devices have told, by how they ended. */
  readonly lists: Record<DeviceToolList["outcome"], number>;
  /** The least recently used first. */
  readonly #cache = new Map<string, CachedToolList>();
  #cacheBytes = 0;
  #heldBytes = 0;

  /** Nothing is known yet. */
  constructor() {
    this.calls = { ok: 0, failed: 0, timeout: 0, canceled: 0, refused: 0, unavailable: 0 };
    this.strays = { unknown: 0, repeated: 0, late: 0, malformed: 0, unescaped: 0 };
    this.lists = { whole: 0, cut: 0, broken: 0, failed: 0 };
  }

  /** How many lists are remembered. */
  get cached(): number {
    return this.#cache.size;
  }

  /** How many bytes of lists sessions hold. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** What a device of this key has said when it was here last. */
  recall(key: string): CachedToolList | undefined {
    const list = this.#cache.get(key);
    if (list === undefined) return undefined;
    this.#cache.delete(key);
    this.#cache.set(key, list);
    return list;
  }

  /** Remembers what a device has said; the least recently used are forgotten for it. */
  remember(key: string, list: CachedToolList): void {
    this.#drop(key);
    this.#cache.set(key, list);
    this.#cacheBytes += list.sizeBytes;
    for (const [oldest] of this.#cache) {
      if (this.#cache.size <= MAX_LISTS && this.#cacheBytes <= MAX_CACHE_BYTES) return;
      this.#drop(oldest);
    }
  }

  /** Whether so many bytes more may be held, by all sessions together. */
  hasRoom(sizeBytes: number): boolean {
    return this.#heldBytes + sizeBytes <= MAX_HELD_BYTES;
  }

  /** A session holds so many bytes more, or less. */
  hold(sizeBytes: number): void {
    this.#heldBytes += sizeBytes;
  }

  #drop(key: string): void {
    this.#cacheBytes -= this.#cache.get(key)?.sizeBytes ?? 0;
    this.#cache.delete(key);
  }
}
