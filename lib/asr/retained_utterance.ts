import { type AudioChunk, joinPcm } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { RetainedAudio } from "./contract.ts";

/** The sound of one utterance, which waits in the session's buffer until all of it is wanted. */
export class RetainedUtterance {
  readonly #audio: RetainedAudio;
  #firstSeq: number | undefined;
  #lastSeq = -1;

  /** `audio` comes from `AsrOpenOptions`. */
  constructor(audio: RetainedAudio) {
    this.#audio = audio;
  }

  /** A chunk belongs to it; only its number is kept. */
  add({ seq }: AudioChunk): void {
    this.#firstSeq ??= seq;
    this.#lastSeq = seq;
  }

  /** Its chunks up to `lastSeq`, as far as they are still held. */
  chunks(lastSeq = Infinity): readonly AudioChunk[] {
    if (this.#firstSeq === undefined) return [];
    return this.#audio.range(this.#firstSeq, Math.min(this.#lastSeq, lastSeq));
  }

  /** The same decoded, 16 kHz mono. Throws `asr.failed` for a chunk that was not. */
  pcm(lastSeq?: number): Int16Array<ArrayBuffer> {
    const parts = this.chunks(lastSeq).map(({ seq, pcm }) => {
      if (pcm !== undefined) return pcm;
      throw new EarshotError("asr.failed", `Cannot recognize chunk ${seq}: it was not decoded`);
    });
    return joinPcm(parts);
  }
}
