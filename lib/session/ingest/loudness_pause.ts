import { type AudioChunk, isSilentOpusPacket, leastSpeechDb, loudnessOf } from "../../audio/mod.ts";

/** For how long nobody must speak, in ms. */
const PAUSE_MS = 700;
/** What is loud for so long may be anything, in ms. */
const LONGEST_MS = 10_000;

/** Waits for a pause in what may be speech, by its loudness alone. */
export class LoudnessPause {
  #heardMs = 0;
  #quietMs = 0;
  #quietestDb = 0;

  /** More sound; whether nobody speaks any more. Of sound that was not decoded nobody can tell, so nobody does. */
  push({ pcm, opus, durationMs }: AudioChunk): boolean {
    const levelDb = loudnessOf(pcm);
    this.#heardMs += durationMs;
    this.#quietestDb = Math.min(this.#quietestDb, levelDb);
    const speech = levelDb >= leastSpeechDb(this.#heardMs, this.#quietestDb);
    this.#quietMs = speech ? 0 : this.#quietMs + durationMs;
    const unknown = pcm === undefined && !isSilentOpusPacket(opus);
    return unknown || this.#quietMs >= PAUSE_MS || this.#heardMs >= LONGEST_MS;
  }
}
