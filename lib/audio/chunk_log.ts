import { Deque } from "@std/data-structures";
import { type AudioChunk, payloadBytes } from "./audio_chunk.ts";
import type { MemoryAccount } from "./memory_budget.ts";

/**
 * What a held chunk costs beside its payload, in resident bytes: its object, two typed arrays and, outside of the
 * JavaScript heap, what V8 and the allocator keep of the buffers beneath them. `tests/bench/chunk_cost.ts` measures it.
 */
export const CHUNK_OVERHEAD_BYTES = 1_280;

/** One reader's claim on the log. */
export interface ChunkHold {
  /** The first chunk that it has not released; chunks that have yet to come may be released as well. */
  heldFromSeq: number;
  /** Chunks that were evicted before it released them. */
  lostChunks: number;
  /** How long those lasted, in ms. */
  lostMs: number;
}

/**
 * The session's sound, held once for all readers. A chunk leaves when every hold has released it,
 * or when it is evicted; without any hold, chunks stay until they are evicted.
 */
export class ChunkLog {
  readonly #chunks = new Deque<AudioChunk>();
  /** Two or three. */
  #holds: readonly ChunkHold[] = [];
  readonly #account: MemoryAccount | undefined;
  /** Where the hold that lags most begins: cached for `append`. */
  #heldFromSeq = 0;
  #nextSeq: number | undefined;
  #bytes = 0;
  #durationMs = 0;

  /** Every chunk is charged to `account` while it is held. */
  constructor(account?: MemoryAccount) {
    this.#account = account;
  }

  /** How many chunks are held. */
  get length(): number {
    return this.#chunks.length;
  }

  /** The payload that is held, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How long the held sound lasts, in ms. */
  get durationMs(): number {
    return this.#durationMs;
  }

  /** The number of the next chunk to come. */
  get nextSeq(): number {
    return this.#nextSeq ?? 0;
  }

  /** The number of the oldest chunk that is held; `nextSeq` when none is. */
  get firstSeq(): number {
    return this.nextSeq - this.#chunks.length;
  }

  /** The chunk with this number, if it is held. */
  at(seq: number): AudioChunk | undefined {
    const index = seq - this.firstSeq;
    return index < 0 ? undefined : this.#chunks.at(index); // Deque counts negative indices from the back
  }

  /**
   * Takes the next chunk; the first may have any number. Throws `RangeError` when a number is left out or
   * repeated, and for a duration that would spoil the sum.
   */
  append(chunk: AudioChunk): void {
    if (this.#nextSeq !== undefined && chunk.seq !== this.#nextSeq) {
      throw new RangeError(`Cannot append chunk ${chunk.seq}: chunk ${this.#nextSeq} is next`);
    }
    if (!(chunk.durationMs >= 0 && chunk.durationMs < Infinity)) {
      throw new RangeError(`Cannot append chunk ${chunk.seq}: it lasts ${chunk.durationMs} ms`);
    }
    const bytes = payloadBytes(chunk);
    this.#nextSeq = chunk.seq + 1;
    this.#chunks.pushBack(chunk);
    this.#bytes += bytes;
    this.#durationMs += chunk.durationMs;
    this.#account?.charge(bytes + CHUNK_OVERHEAD_BYTES); // last, as it may evict from this very log
    if (chunk.seq < this.#heldFromSeq) this.dropReleased();
  }

  /** Sets the sound that a chunk decodes to, once; it is charged while the chunk is held. */
  setPcm(chunk: AudioChunk, pcm: Int16Array): void {
    if (chunk.pcm !== undefined) return;
    chunk.pcm = pcm;
    if (this.at(chunk.seq) !== chunk) return;
    this.#bytes += pcm.byteLength;
    this.#account?.charge(pcm.byteLength); // last, as it may evict from this very log
  }

  /** Drops the oldest chunk, which every hold counts as lost that had not released it; `false` when none is held. */
  evictOldest(): boolean {
    const chunk = this.#dropOldest();
    if (chunk === undefined) return false;
    for (const hold of this.#holds) {
      if (chunk.seq < hold.heldFromSeq) continue;
      hold.lostChunks++;
      hold.lostMs += chunk.durationMs;
    }
    return true;
  }

  /** Drops what every hold has released; to be called after one has moved. */
  dropReleased(): void {
    const holds = this.#holds;
    let heldFromSeq = holds.length === 0 ? 0 : Infinity;
    for (let index = 0; index < holds.length; index++) {
      heldFromSeq = Math.min(heldFromSeq, holds[index]?.heldFromSeq ?? Infinity);
    }
    this.#heldFromSeq = heldFromSeq;
    while (this.#chunks.length > 0 && this.firstSeq < this.#heldFromSeq) this.#dropOldest();
  }

  /** Holds every chunk from the oldest on, until the hold moves or is dropped. */
  hold(): ChunkHold {
    const hold: ChunkHold = { heldFromSeq: this.firstSeq, lostChunks: 0, lostMs: 0 };
    this.#holds = [...this.#holds, hold];
    this.dropReleased();
    return hold;
  }

  /** Ends a hold. May be called twice. */
  dropHold(hold: ChunkHold): void {
    if (!this.#holds.includes(hold)) return;
    this.#holds = this.#holds.filter((other) => other !== hold);
    this.dropReleased();
  }

  /** Drops everything; no hold counts it as lost. */
  clear(): void {
    while (this.#chunks.length > 0) this.#dropOldest();
  }

  #dropOldest(): AudioChunk | undefined {
    const chunk = this.#chunks.popFront();
    if (chunk === undefined) return undefined;
    const bytes = payloadBytes(chunk);
    this.#bytes -= bytes;
    this.#durationMs -= chunk.durationMs;
    this.#account?.credit(bytes + CHUNK_OVERHEAD_BYTES);
    return chunk;
  }
}
