import { type AudioChunk, leastSpeechDb, loudnessOf } from "../audio/mod.ts";

/** Whether there may be speech in an utterance at all, by its loudness alone; see {@linkcode leastSpeechDb}. */
export class PossibleSpeech {
  #heardMs = 0;
  #loudestDb = -Infinity;
  #quietestDb = 0;

  /** More sound. */
  push({ pcm, durationMs }: Pick<AudioChunk, "pcm" | "durationMs">): void {
    const levelDb = loudnessOf(pcm);
    this.#heardMs += durationMs;
    this.#loudestDb = Math.max(this.#loudestDb, levelDb);
    this.#quietestDb = Math.min(this.#quietestDb, levelDb);
  }

  /** Whether there may be some. */
  get likely(): boolean {
    return this.#loudestDb >= leastSpeechDb(this.#heardMs, this.#quietestDb);
  }
}
