import type { Voiced } from "./voiced_level.ts";

/** How many voices are remembered; the one that has not spoken for longest is forgotten first. */
const MOST_VOICES = 256;
/** How much voiced sound tells anything of a voice, in ms. */
const LEAST_MS = 200;
/** The share of a new piece in what is known; a piece that differs by more than this, in dB, replaces it. */
const SHARE = 0.3;
const CHANGED_DB = 6;

/** How loud each voice speaks, learned from its pieces. */
export class VoiceLevels {
  readonly #levels = new Map<string, number>();

  /** How many voices are known. */
  get size(): number {
    return this.#levels.size;
  }

  /** How loud the voiced parts of a voice are, in dB to full scale; `undefined` for a new voice. */
  knownDb(voice: string): number | undefined {
    return this.#levels.get(voice);
  }

  /** Takes what a piece has shown. */
  learn(voice: string, { db, durationMs }: Voiced): void {
    if (durationMs < LEAST_MS) return;
    const knownDb = this.#levels.get(voice);
    const isSame = knownDb !== undefined && Math.abs(db - knownDb) <= CHANGED_DB;
    this.#levels.delete(voice);
    this.#levels.set(voice, isSame ? knownDb + SHARE * (db - knownDb) : db);
    const [oldest] = this.#levels.keys();
    if (this.#levels.size > MOST_VOICES && oldest !== undefined) this.#levels.delete(oldest);
  }
}
