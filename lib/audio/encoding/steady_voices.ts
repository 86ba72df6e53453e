import { SPEECH_LEVEL_DB } from "../leveler.ts";
import type { Voiced } from "../voiced_level.ts";

/** How many voices are remembered; the one that was asked for least recently is forgotten first. */
const MOST_VOICES = 256;
/** How far from the level of all pieces one may leave that is not leveled, in dB: half a dB less than all may. */
const TOLERANCE_DB = 1.5;
/** How much voiced sound a piece has at least that tells anything, in ms. */
const LEAST_MS = 600;
/** After how many such pieces in a row the next ones pass, */
const SURE_PIECES = 4;
/** and how many of them may pass before one is looked at again. */
const PASSING_PIECES = 31;

/** What is done with a piece: it is encoded, it passes, or it passes and is looked at. */
export type Passing = "no" | "yes" | "looked at";

interface Steadiness {
  /** How many pieces in a row were as loud as they should be. */
  readonly steady: number;
  /** How many have passed since the last one that is looked at. */
  readonly passed: number;
}

/**
 * Which voices are as loud by themselves as every piece should be, so that their pieces need not be leveled. Each is
 * learned from pieces that are encoded, and from some that pass; one that was not as loud ends it until enough others
 * were.
 */
export class SteadyVoices {
  readonly #voices = new Map<string, Steadiness>();

  /** Takes how loud a piece came before it was leveled; `undefined` where nothing was voiced. */
  learn(voice: string, piece: Voiced | undefined): void {
    if (piece === undefined || piece.durationMs < LEAST_MS) return;
    const isSteady = Math.abs(piece.db - SPEECH_LEVEL_DB) <= TOLERANCE_DB;
    const { steady, passed } = this.#voices.get(voice) ?? { steady: 0, passed: 0 };
    this.#set(voice, { steady: isSteady ? Math.min(SURE_PIECES, steady + 1) : 0, passed });
  }

  /** Whether the next piece of a voice passes unleveled; counts it if so. Now and then one is to be looked at. */
  passing(voice: string): Passing {
    const { steady, passed } = this.#voices.get(voice) ?? { steady: 0, passed: 0 };
    if (steady < SURE_PIECES) return "no";
    // The others pass meanwhile: many may be spoken before the one that is looked at has been.
    const isLookedAt = passed >= PASSING_PIECES;
    this.#set(voice, { steady, passed: isLookedAt ? 0 : passed + 1 });
    return isLookedAt ? "looked at" : "yes";
  }

  #set(voice: string, steadiness: Steadiness): void {
    this.#voices.delete(voice);
    this.#voices.set(voice, steadiness);
    const [oldest] = this.#voices.keys();
    if (this.#voices.size > MOST_VOICES && oldest !== undefined) this.#voices.delete(oldest);
  }
}
