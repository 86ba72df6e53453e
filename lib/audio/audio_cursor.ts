import type { AudioChunk } from "./audio_chunk.ts";
import type { ChunkHold, ChunkLog } from "./chunk_log.ts";

/** What was evicted before a cursor's owner released it. */
export interface LostAudio {
  /** How many chunks. */
  readonly chunks: number;
  /** How long they lasted, in ms. */
  readonly durationMs: number;
}

/** The side of the buffer that a cursor needs. */
export interface CursorOwner {
  /** Gives a chunk's sound, decoded once. */
  decode(chunk: AudioChunk): Int16Array;
  /** A cursor was closed. */
  closed(cursor: AudioCursor): void;
}

/**
 * One reader's place in the session's sound. What it has read stays held until it is released; what it has
 * released is gone for this cursor, though another may still hold it. Closed, it reads nothing.
 */
export class AudioCursor {
  /** The name of the reader. */
  readonly name: string;
  readonly #log: ChunkLog;
  readonly #hold: ChunkHold;
  readonly #owner: CursorOwner;
  #nextSeq: number;
  #limitSeq = Infinity;

  /** Starts at the oldest chunk that `log` holds; {@linkcode AudioBuffer} opens it. */
  constructor(name: string, log: ChunkLog, owner: CursorOwner) {
    this.name = name;
    this.#log = log;
    this.#owner = owner;
    this.#hold = log.hold();
    this.#nextSeq = this.#hold.heldFromSeq;
  }

  /** The session's sound: the same object for all of its cursors. */
  get source(): object {
    return this.#log;
  }

  /** How many chunks are there to be read, up to the limit. */
  get pendingChunks(): number {
    return Math.max(0, Math.min(this.#log.nextSeq, this.#limitSeq + 1) - this.#unreadSeq());
  }

  /** What was evicted before it was released. */
  get lost(): LostAudio {
    return { chunks: this.#hold.lostChunks, durationMs: this.#hold.lostMs };
  }

  /** The first chunk that was neither read nor released; it may be evicted, or not be there yet. */
  get positionSeq(): number {
    return Math.max(this.#nextSeq, this.#hold.heldFromSeq);
  }

  /** The oldest chunk that it has not released; it may be evicted, or not be there yet. */
  get heldFromSeq(): number {
    return this.#hold.heldFromSeq;
  }

  /** The next chunk, which stays the next one; evicted ones are passed over. */
  peek(): AudioChunk | undefined {
    const seq = this.#unreadSeq();
    return seq > this.#limitSeq ? undefined : this.#log.at(seq);
  }

  /** Reads the next chunk, unless it comes after `throughSeq`; it is held until it is released. */
  next(throughSeq = Infinity): AudioChunk | undefined {
    const chunk = this.peek();
    if (chunk === undefined || chunk.seq > throughSeq) return undefined;
    this.#nextSeq = chunk.seq + 1;
    return chunk;
  }

  /**
   * The chunks with `fromSeq <= seq <= throughSeq`, read or not, that are still held for this cursor;
   * `Infinity` is the newest.
   */
  range(fromSeq: number, throughSeq: number): readonly AudioChunk[] {
    const chunks: AudioChunk[] = [];
    const endSeq = Math.min(throughSeq + 1, this.#log.nextSeq);
    for (let seq = Math.max(fromSeq, this.#hold.heldFromSeq, this.#log.firstSeq); seq < endSeq; seq++) {
      const chunk = this.#log.at(seq);
      if (chunk !== undefined) chunks.push(chunk);
    }
    return chunks;
  }

  /** The sound of a chunk that it has read, 16 kHz mono: decoded here unless somebody has done so. */
  decode(chunk: AudioChunk): Int16Array {
    return this.#owner.decode(chunk);
  }

  /** Reads again from chunk `toSeq`, or from the oldest one that was not released if that comes later. */
  rewind(toSeq = 0): void {
    this.#nextSeq = Math.max(toSeq, this.#hold.heldFromSeq);
  }

  /** Reads no chunk after `throughSeq` until it is given another limit; `Infinity` is none. */
  limitTo(throughSeq: number): void {
    this.#limitSeq = throughSeq;
  }

  /** Releases everything up to and including `throughSeq`, read or not. */
  release(throughSeq: number): void {
    this.skipTo(throughSeq + 1);
  }

  /** Releases everything before `seq`, which may lie in the future; never goes back. */
  skipTo(seq: number): void {
    if (!(seq > this.#hold.heldFromSeq)) return;
    this.#hold.heldFromSeq = seq;
    this.#log.dropReleased();
  }

  /** Releases everything for good. May be called twice. */
  close(): void {
    this.#hold.heldFromSeq = Infinity;
    this.#log.dropHold(this.#hold);
    this.#owner.closed(this);
  }

  #unreadSeq(): number {
    return Math.max(this.#nextSeq, this.#hold.heldFromSeq, this.#log.firstSeq);
  }
}
