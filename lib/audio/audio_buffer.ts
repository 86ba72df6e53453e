import type { AudioChunk } from "./audio_chunk.ts";
import { AudioCursor } from "./audio_cursor.ts";
import { ChunkLog } from "./chunk_log.ts";
import type { MemoryAccount } from "./memory_budget.ts";
import { PacketDecoder } from "./packet_decoder.ts";

/** The least that `maxChunks` is when it is not set: 60 s of the usual 60 ms. */
const DEFAULT_MIN_CHUNKS = 1_000;
/** No Opus frame is shorter; it keeps chunks that claim no duration from raising the bound without end. */
const SHORTEST_FRAME_MS = 2.5;

/** Options of an {@linkcode AudioBuffer}. */
export interface AudioBufferOptions {
  /**
   * The most chunks that are held. Without it 1000, or as many as `maxDurationMs` needs of the shortest
   * chunk that came.
   */
  readonly maxChunks?: number;
  /** The most payload that is held, in bytes. Default 10 MiB. */
  readonly maxBytes?: number;
  /** The longest sound that is held, in ms. Default 60,000. */
  readonly maxDurationMs?: number;
  /** Charged for what is held; the buffer closes it. */
  readonly account?: MemoryAccount;
  /** Called for each chunk that is evicted, at once and whatever caused it; must not throw. */
  readonly onEvicted?: (cause: keyof EvictedByCause) => void;
}

/** Evicted chunks by the bound that they had to leave for; `budget` is the process-wide one. */
export interface EvictedByCause {
  /** For `maxChunks`. */
  readonly chunks: number;
  /** For `maxBytes`. */
  readonly bytes: number;
  /** For `maxDurationMs`. */
  readonly duration: number;
  /** For the cap of a {@linkcode MemoryBudget}. */
  readonly budget: number;
}

/** What an {@linkcode AudioBuffer} holds and has done. */
export interface AudioBufferStats {
  /** Chunks that are held. */
  readonly chunks: number;
  /** Their payload, in bytes. */
  readonly bytes: number;
  /** How long they last, in ms. */
  readonly durationMs: number;
  /** Chunks that were evicted, ever. */
  readonly evicted: EvictedByCause;
}

/**
 * The sound of one session: bounded three ways, the oldest leave first. Readers open cursors; all of them
 * share one copy.
 *
 * @example
 * ```ts
 * import { AudioBuffer } from "./audio_buffer.ts";
 *
 * const buffer = new AudioBuffer({ maxChunks: 1 });
 * const cursor = buffer.cursor("recognition");
 * const opus = new Uint8Array(100);
 * buffer.push({ seq: 0, receivedMs: 0, durationMs: 60, opus });
 * buffer.push({ seq: 1, receivedMs: 60, durationMs: 60, opus });
 * console.assert(buffer.stats.chunks === 1 && cursor.lost.durationMs === 60);
 * console.assert(cursor.next()?.seq === 1);
 * buffer.close();
 * ```
 */
export class AudioBuffer {
  readonly #log: ChunkLog;
  readonly #account: MemoryAccount | undefined;
  readonly #onEvicted: ((cause: keyof EvictedByCause) => void) | undefined;
  readonly #decoder = new PacketDecoder();
  #cursors: readonly AudioCursor[] = [];
  readonly #maxBytes: number;
  readonly #maxDurationMs: number;
  readonly #scalesWithFrames: boolean;
  readonly #evicted = { chunks: 0, bytes: 0, duration: 0, budget: 0 };
  #maxChunks: number;
  #closed = false;

  /** An empty buffer; owns the account that it is given. */
  constructor(options: AudioBufferOptions = {}) {
    const { maxChunks, maxBytes = 10 * 1_024 * 1_024, maxDurationMs = 60_000, account } = options;
    this.#maxBytes = maxBytes;
    this.#maxDurationMs = maxDurationMs;
    this.#scalesWithFrames = maxChunks === undefined;
    this.#maxChunks = maxChunks ?? DEFAULT_MIN_CHUNKS;
    this.#account = account;
    this.#onEvicted = options.onEvicted;
    this.#log = new ChunkLog(account);
    account?.onPay((bytes) => this.#pay(account, bytes));
  }

  /** What it holds and has done. */
  get stats(): AudioBufferStats {
    const { length: chunks, bytes, durationMs } = this.#log;
    return { chunks, bytes, durationMs, evicted: { ...this.#evicted } };
  }

  /** The number of the oldest chunk that is held; of the next one where none is. */
  get firstSeq(): number {
    return this.#log.firstSeq;
  }

  /**
   * Takes the next chunk; the oldest leave for it, which may be the chunk itself. Throws `RangeError` when `seq`
   * does not follow the last one or the duration is no duration, `TypeError` once closed.
   */
  push(chunk: AudioChunk): void {
    if (this.#closed) throw new TypeError(`Cannot push chunk ${chunk.seq}: the buffer is closed`);
    this.#log.append(chunk);
    if (this.#scalesWithFrames) this.#makeRoomFor(chunk.durationMs);
    while (this.#log.length > this.#maxChunks) this.#evict("chunks");
    this.#evictBytes();
    while (this.#log.durationMs > this.#maxDurationMs) this.#evict("duration");
  }

  /**
   * Makes sure that a chunk has its sound: decodes it where nobody has yet. The oldest chunks leave for it, as for a new one.
   * Throws `TypeError` once closed.
   */
  decode(chunk: AudioChunk): Int16Array {
    return chunk.pcm ?? this.setPcm(chunk, this.#decoder.decode(chunk));
  }

  /** The same with sound that was decoded elsewhere, which is given back. */
  setPcm(chunk: AudioChunk, pcm: Int16Array): Int16Array {
    this.#log.setPcm(chunk, pcm);
    this.#evictBytes();
    return pcm;
  }

  /**
   * A new reader, at the oldest chunk that is held; it keeps what it does not release. Throws `TypeError` once
   * closed.
   */
  cursor(name: string): AudioCursor {
    if (this.#closed) throw new TypeError(`Cannot open the cursor ${name}: the buffer is closed`);
    const cursor = new AudioCursor(name, this.#log, {
      decode: (chunk) => this.decode(chunk),
      closed: this.#forget,
    });
    this.#cursors = [...this.#cursors, cursor];
    return cursor;
  }

  /** Drops everything and closes the cursors and the account. May be called twice. */
  close(): void {
    this.#closed = true;
    for (const cursor of this.#cursors) cursor.close();
    this.#log.clear();
    this.#decoder.close();
    this.#account?.close();
  }

  readonly #forget = (closed: AudioCursor) => {
    this.#cursors = this.#cursors.filter((cursor) => cursor !== closed);
  };

  #evictBytes(): void {
    while (this.#log.bytes > this.#maxBytes) this.#evict("bytes");
  }

  #makeRoomFor(durationMs: number): void {
    const frameMs = Math.max(durationMs, SHORTEST_FRAME_MS);
    if (this.#maxChunks * frameMs >= this.#maxDurationMs) return;
    this.#maxChunks = Math.ceil(this.#maxDurationMs / frameMs);
  }

  #evict(cause: keyof EvictedByCause): void {
    if (!this.#log.evictOldest()) return;
    this.#evicted[cause]++;
    this.#onEvicted?.(cause);
  }

  /** Frees what the process-wide cap takes from this session. */
  #pay(account: MemoryAccount, bytes: number): void {
    const targetBytes = account.chargedBytes - bytes;
    while (account.chargedBytes > targetBytes && this.#log.length > 0) this.#evict("budget");
  }
}
