import { FAINT_PROBABILITY, LEAST_FAINT_FRAMES } from "./speech_evidence.ts";
import type { VadFrame } from "./vad_framer.ts";

/** Within how many frames they must come: about 1 s. */
const WINDOW_FRAMES = 32;

/** Where faint speech begins, such as a whisper: with the first of some faint frames within a second. */
export class FaintStart {
  #frames = 0;
  readonly #faint: { readonly at: number; readonly seq: number }[] = [];

  /** One more frame; the chunk in which faint speech began, once there is some. */
  push({ fromSeq }: VadFrame, probability: number): number | undefined {
    this.#frames++;
    if (probability < FAINT_PROBABILITY) return undefined;
    this.#faint.push({ at: this.#frames, seq: fromSeq });
    while ((this.#faint[0]?.at ?? Infinity) <= this.#frames - WINDOW_FRAMES) this.#faint.shift();
    return this.#faint.length < LEAST_FAINT_FRAMES ? undefined : this.#faint[0]?.seq;
  }

  /** Forgets what came so far. */
  reset(): void {
    this.#faint.length = 0;
  }
}
