import { type AudioChunk, leastSpeechDb, loudnessOf } from "../audio/mod.ts";

/** How long a service may take to say that somebody speaks, in ms of sound: its detector's time and the network's. */
const RECENT_MS = 1_000;

interface Heard {
  /** Where the chunk ends, in ms from the first one. */
  readonly endMs: number;
  readonly levelDb: number;
}

/**
 * Whether the sound may end with speech that began too lately for a service with a detector of its own to have said
 * so. Loudness alone tells: a noise may be taken for speech, but hardly speech for silence.
 */
export class LateSpeech {
  #recent: Heard[] = [];
  #heardMs = 0;
  #judgedMs = 0;
  #quietestDb = 0;

  /** More sound; what was not decoded counts as silence. */
  push({ pcm, durationMs }: Pick<AudioChunk, "pcm" | "durationMs">): void {
    this.#heardMs += durationMs;
    const levelDb = loudnessOf(pcm);
    this.#quietestDb = Math.min(this.#quietestDb, levelDb);
    this.#recent.push({ endMs: this.#heardMs, levelDb });
    const sinceMs = this.#heardMs - RECENT_MS;
    while ((this.#recent[0]?.endMs ?? Infinity) <= sinceMs) this.#recent.shift();
  }

  /** The service said that speech has ended `endMs` after the first chunk, or at the latest with the newest one. */
  stopped(endMs = Infinity): void {
    this.#judgedMs = Math.min(endMs, this.#heardMs);
  }

  /** Whether there may be speech after what the service has judged. */
  get likely(): boolean {
    const leastDb = leastSpeechDb(this.#heardMs, this.#quietestDb);
    return this.#recent.some(({ endMs, levelDb }) => endMs > this.#judgedMs && levelDb >= leastDb);
  }
}
