import type { Voiced } from "./voiced_level.ts";

/** How many voices are remembered; the one that has not spoken for longest is forgotten first. */
const MOST_VOICES = 256;
/** How much voiced sound tells anything of a voice, in ms, */
const LEAST_MS = 200;
/** and beyond how much more of it tells no more. */
const MOST_MS = 3_000;
/** A piece that differs by more than this, in dB, replaces what is known: the service was set otherwise. */
const CHANGED_DB = 6;

/** How loud each voice speaks, learned from its pieces. */
export class VoiceLevels {
  readonly #levels = new Map<string, Voiced>();

  /** How many voices are known. */
  get size(): number {
    return this.#levels.size;
  }

  /** How loud the voiced parts of a voice are, by how much of it; `undefined` for a new voice. */
  known(voice: string): Voiced | undefined {
    return this.#levels.get(voice);
  }

  /** Takes what a piece has shown. */
  learn(voice: string, piece: Voiced): void {
    if (piece.durationMs < LEAST_MS) return;
    const known = this.#levels.get(voice);
    const isSame = known !== undefined && Math.abs(piece.db - known.db) <= CHANGED_DB;
    this.#levels.delete(voice);
    this.#levels.set(voice, isSame ? mean(known, piece) : piece);
    const [oldest] = this.#levels.keys();
    if (this.#levels.size > MOST_VOICES && oldest !== undefined) this.#levels.delete(oldest);
  }
}

function mean(known: Voiced, piece: Voiced): Voiced {
  const durationMs = known.durationMs + piece.durationMs;
  const db = (known.db * known.durationMs + piece.db * piece.durationMs) / durationMs;
  return { db, durationMs: Math.min(MOST_MS, durationMs) };
}
