import type { AudioChunk } from "../audio/mod.ts";

/** How long a service may take to say that somebody speaks, in ms of sound: its detector's time and the network's. */
const RECENT_MS = 1_000;
/** Speech is louder than this, in dB to full scale, */
const QUIETEST_SPEECH_DB = -50;
/** and by this louder than the quietest chunk before it, in dB, as noise that goes on is not. */
const RISE_DB = 10;
/** Digital silence counts as this. */
const SILENCE_DB = -100;

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
    const levelDb = pcm === undefined ? SILENCE_DB : levelOf(pcm);
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
    // Where all of the sound is recent it may be speech from its first chunk on, with nothing quieter before.
    const risesFromDb = this.#heardMs > RECENT_MS ? this.#quietestDb + RISE_DB : SILENCE_DB;
    const leastDb = Math.max(QUIETEST_SPEECH_DB, risesFromDb);
    return this.#recent.some(({ endMs, levelDb }) => endMs > this.#judgedMs && levelDb >= leastDb);
  }
}

function levelOf(pcm: Int16Array): number {
  let energy = 0;
  for (const sample of pcm) energy += sample * sample;
  return Math.max(SILENCE_DB, 10 * Math.log10(energy / pcm.length / 32_768 ** 2));
}
