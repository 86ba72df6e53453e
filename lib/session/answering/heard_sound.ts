import { type AudioChunk, BAND_ROW_MS, BandLevels, type BandRow } from "../../audio/mod.ts";

/** How much of a turn's sound is kept, in rows: 10 s. The oldest go. */
const MOST_ROWS = 500;

/** How the sound of a turn rises and falls, band by band, and when it was captured. */
export class HeardSound {
  readonly #levels = new BandLevels();
  readonly #rows: BandRow[] = [];
  #dropped = 0;
  #soundMs = 0;
  #beganMs = Infinity;

  /** Takes the next chunk; of one that was not decoded only its time counts. */
  push({ receivedMs, durationMs, pcm }: Pick<AudioChunk, "receivedMs" | "durationMs" | "pcm">): void {
    this.#soundMs += durationMs;
    // What came with the least delay tells when all of it was captured.
    this.#beganMs = Math.min(this.#beganMs, receivedMs - this.#soundMs);
    if (pcm === undefined) return;
    this.#rows.push(...this.#levels.push(pcm));
    const over = this.#rows.length - MOST_ROWS;
    if (over <= 0) return;
    this.#rows.splice(0, over);
    this.#dropped += over;
  }

  /** The latest of it, the oldest first. */
  get rows(): readonly BandRow[] {
    return this.#rows;
  }

  /** When the first of {@linkcode rows} was captured, about, on the process's clock, in ms. */
  get fromMs(): number {
    return this.#beganMs + this.#dropped * BAND_ROW_MS;
  }
}
