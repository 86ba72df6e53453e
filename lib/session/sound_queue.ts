import type { AudioBuffer, AudioChunk, AudioCursor } from "../audio/mod.ts";
import type { Detector } from "./endpointing.ts";

/** Options of a {@linkcode SoundQueue}. */
export interface SoundQueueOptions {
  /** The session's sound, where it waits. */
  readonly buffer: AudioBuffer;
  /** Judges it. */
  readonly detector: Detector;
  /** How much of what was judged is kept, since speech may begin before it is found, in ms. */
  readonly preRollMs: number;
}

/**
 * Sound on its way to the detector. What has come waits in the session's buffer until it was judged, however it came:
 * the detector takes what it can, and begins anew with the first chunk of the next turn.
 */
export class SoundQueue {
  readonly #cursor: AudioCursor;
  #detector: Detector;
  readonly #preRollMs: number;
  #lastSeq = -1;
  #lastDurationMs = 60;
  #judgedSeq = -1;
  #freshSeq = 0;
  #lostMs = 0;

  /** Holds what comes from now on. */
  constructor({ buffer, detector, preRollMs }: SoundQueueOptions) {
    this.#cursor = buffer.cursor("pre-roll");
    this.#detector = detector;
    this.#preRollMs = preRollMs;
  }

  /** Has sound judged by another detector from now on; what waits is let go of. Gives how many chunks that were. */
  judgeBy(detector: Detector): number {
    if (detector === this.#detector) return 0;
    const chunks = this.#lastSeq + 1 - this.#freshSeq;
    this.#detector = detector;
    this.skipAll();
    return chunks;
  }

  /** The last chunk that has come. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The last chunk that was judged. */
  get judgedSeq(): number {
    return this.#judgedSeq;
  }

  /** The first chunk that belongs to no earlier turn. */
  get freshSeq(): number {
    return this.#freshSeq;
  }

  /** The first chunk that is held. */
  get heldFromSeq(): number {
    return this.#cursor.heldFromSeq;
  }

  /** Whether nothing waits for its verdict. */
  get allJudged(): boolean {
    return this.#detector.idle && this.#cursor.pendingChunks === 0;
  }

  /** Whether there may have been speech since the detector began anew, or nobody can tell. */
  get heardSpeech(): boolean {
    return this.#detector.heardSpeech;
  }

  /** Forgets what was heard so far. */
  judgeAnew(): void {
    this.#detector.reset();
  }

  /** How many chunks last so long. */
  chunksOf(durationMs: number): number {
    return Math.ceil(durationMs / this.#lastDurationMs);
  }

  /** How long the sound after chunk `fromSeq` up to chunk `throughSeq` is, in ms. */
  msBetween(fromSeq: number, throughSeq: number): number {
    return (throughSeq - fromSeq) * this.#lastDurationMs;
  }

  /** What is held of these chunks. */
  range(fromSeq: number, throughSeq: number): readonly AudioChunk[] {
    return this.#cursor.range(fromSeq, throughSeq);
  }

  /** A chunk has come. */
  came({ seq, durationMs }: AudioChunk): void {
    this.#lastSeq = seq;
    this.#lastDurationMs = durationMs;
  }

  /** So much sound was lost on the way. */
  lost(durationMs: number): void {
    this.#lostMs += durationMs;
  }

  /** How much was lost since it was asked the last time, in ms. */
  takeLostMs(): number {
    const lostMs = this.#lostMs;
    this.#lostMs = 0;
    return lostMs;
  }

  /** Gives the detector the next chunk, if there is one and it takes it. */
  feed(): boolean {
    if (!this.#detector.writable) return false;
    const expectedSeq = this.#cursor.positionSeq;
    const chunk = this.#cursor.next();
    if (chunk === undefined) return false;
    this.#lostMs += Math.max(0, chunk.seq - expectedSeq) * chunk.durationMs;
    this.#detector.write(chunk);
    return true;
  }

  /** All up to chunk `seq` was judged; with `owned` a turn holds it, and it is not the next one's as well. */
  judged(seq: number, { owned }: { readonly owned: boolean }): void {
    this.#judgedSeq = Math.max(this.#judgedSeq, seq);
    this.#cursor.release(seq - (owned ? 0 : this.chunksOf(this.#preRollMs)));
  }

  /** Nothing after chunk `throughSeq` is judged before a turn begins. */
  endWith(throughSeq: number): void {
    this.#cursor.limitTo(throughSeq);
  }

  /** The next turn may begin with chunk `freshSeq`, which may have come already: it is judged anew from there. */
  beginWith(freshSeq: number): void {
    this.#freshSeq = freshSeq;
    this.#detector.reset();
    this.#cursor.limitTo(Infinity);
    this.#cursor.rewind(freshSeq);
  }

  /** What has come so far is no turn's. */
  skipAll(): void {
    this.beginWith(this.#lastSeq + 1);
    this.#judgedSeq = this.#lastSeq;
    this.#lostMs = 0;
    this.#cursor.release(this.#lastSeq);
  }

  /** Lets go of everything. May be called twice. */
  close(): void {
    this.#cursor.close();
  }
}
