import type { Ingest } from "../ingest/ingest.ts";

/**
 * How long a button may be held after the pause at which was recognized ahead for that to hold, in ms: beside loud
 * speech the detector may miss a whisper.
 */
const MAX_AFTER_PAUSE_MS = 600;

/** A button that is held while somebody speaks, and what is known once it is released (`listen stop`). */
export class ButtonPress {
  readonly #ingest: Ingest;
  /** The last packet of a press that was released, and of which not all was judged. */
  #lastSeq: number | undefined;
  #releasedMs: number | undefined;
  /** The last packet that was judged when speech paused the last time. */
  #pausedSeq = -1;

  /** It is not released. */
  constructor(ingest: Ingest) {
    this.#ingest = ingest;
  }

  /** Whether it was released, and its turn goes on. */
  get released(): boolean {
    return this.#lastSeq !== undefined;
  }

  /** Whether it was released and all of it was judged. */
  get judged(): boolean {
    return this.released && this.#ingest.allJudged;
  }

  /** The last packet of it. */
  get lastSeq(): number {
    return this.#lastSeq ?? this.#ingest.lastSeq;
  }

  /** Whether it was held for so long after the last pause that more may have been said. */
  get goesOnAfterPause(): boolean {
    return this.#ingest.msBetween(this.#pausedSeq, this.lastSeq) > MAX_AFTER_PAUSE_MS;
  }

  /** Speech has paused; everything up to packet `seq` was judged. */
  paused(seq: number): void {
    this.#pausedSeq = seq;
  }

  /** When it was released, on the session's clock. */
  get releasedMs(): number | undefined {
    return this.#releasedMs;
  }

  /** It was released at `atMs`: what comes from now on is none of it, and the verdicts are due. */
  release(atMs: number): void {
    this.#releasedMs ??= atMs;
    this.#lastSeq ??= this.#ingest.lastSeq;
    this.#ingest.endWith(this.#lastSeq);
    this.#ingest.urgent = true;
  }

  /** Its turn has ended. */
  end(): void {
    this.#lastSeq = this.#releasedMs = undefined;
  }
}
