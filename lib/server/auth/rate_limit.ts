import type { Clock } from "../../lifecycle/mod.ts";

/** The most addresses that are remembered; beyond it the one that was seen longest ago is forgotten. */
const MAX_ADDRESSES = 10_000;
const MINUTE_MS = 60_000;

/** Options of a {@linkcode RateLimit}. */
export interface RateLimitOptions {
  /** How often in a minute each address may; as many may come at once. */
  readonly perMinute: number;
  /** The time source. */
  readonly clock: Clock;
}

interface Bucket {
  left: number;
  atMs: number;
}

/** How often an address may do something: a bucket of tokens for each. */
export class RateLimit {
  readonly #buckets = new Map<string, Bucket>();
  readonly #perMinute: number;
  readonly #clock: Clock;

  /** Nobody has done anything yet. */
  constructor({ perMinute, clock }: RateLimitOptions) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** Counts one, and says whether it may. */
  take(address: string): boolean {
    const bucket = this.#bucket(address);
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }

  /** Whether an address has none left. */
  spent(address: string): boolean {
    return this.#bucket(address).left < 1;
  }

  #bucket(address: string): Bucket {
    const nowMs = this.#clock.nowMs();
    const bucket = this.#buckets.get(address) ?? { left: this.#perMinute, atMs: nowMs };
    const gained = (nowMs - bucket.atMs) * this.#perMinute / MINUTE_MS;
    bucket.left = Math.min(this.#perMinute, bucket.left + Math.max(0, gained));
    bucket.atMs = nowMs;
    // Taken out and put back, so that the map begins with who was seen longest ago.
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    if (this.#buckets.size > MAX_ADDRESSES) {
      const [oldest = address] = this.#buckets.keys();
      this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
