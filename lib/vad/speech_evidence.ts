/** Faint speech, such as a whisper, is so probable in many a frame; noise, tones and music hardly are in any. */
export const FAINT_PROBABILITY = 0.15;
/** How many such frames of 32 ms there are in the shortest faint word. */
export const LEAST_FAINT_FRAMES = 5;

/** Whether there may be speech in sound, however faint: fewer frames than speech needs to be found where it is. */
export class SpeechEvidence {
  #frames = 0;

  /** Whether there may be. */
  get found(): boolean {
    return this.#frames >= LEAST_FAINT_FRAMES;
  }

  /** Whether one frame at least is as speech. */
  get begun(): boolean {
    return this.#frames > 0;
  }

  /** One more frame, with the probability of speech in it. */
  push(probability: number): void {
    if (probability >= FAINT_PROBABILITY) this.#frames++;
  }

  /** Forgets what came so far. */
  reset(): void {
    this.#frames = 0;
  }
}
