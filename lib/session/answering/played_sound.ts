import { BAND_ROW_MS, BandLevels, type BandRow, BANDS, OpusDecoder } from "../../audio/mod.ts";

/** How much of what was played is kept, in rows: 30 s. The oldest go. */
const MOST_ROWS = 1_500;
/** What is played where nothing is. */
const SILENCE: BandRow = new Float32Array(BANDS).fill(-100);
/** For how long after it was stopped nobody knows what a device plays, in ms. */
const STOPPING_MS = 700;

/** How the sound that a device plays rises and falls, band by band, and when: by that its echo is known. */
export class PlayedSound {
  readonly #decoder = new OpusDecoder();
  readonly #levels = new BandLevels();
  /** By when they are played, in rows since the clock's zero. */
  readonly #rows = new Map<number, BandRow>();
  #stoppedMs = -Infinity;

  /** A frame is sent that is played from `playsAtMs` on, on the process's clock. */
  frame(packet: Uint8Array, playsAtMs: number): void {
    const first = Math.round(playsAtMs / BAND_ROW_MS);
    for (const [index, row] of this.#levels.push(this.#decoder.decode(packet)).entries()) {
      this.#rows.set(first + index, row);
    }
    for (const index of this.#rows.keys()) {
      if (this.#rows.size <= MOST_ROWS) break;
      this.#rows.delete(index);
    }
  }

  /** The device throws away what it was to play from now on. */
  stop(nowMs: number): void {
    this.#stoppedMs = nowMs;
    const now = Math.ceil(nowMs / BAND_ROW_MS);
    for (const index of this.#rows.keys()) if (index > now) this.#rows.delete(index);
  }

  /** What is played at a time; `undefined` where nobody knows, as when it was stopped: its end is no sign of an echo. */
  at(ms: number): BandRow | undefined {
    const row = this.#rows.get(Math.round(ms / BAND_ROW_MS));
    if (row !== undefined) return row;
    return ms >= this.#stoppedMs && ms < this.#stoppedMs + STOPPING_MS ? undefined : SILENCE;
  }

  /** Whether nothing was played. */
  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** Lets go of all. May be called twice. */
  close(): void {
    this.#decoder.close();
    this.#rows.clear();
  }
}
