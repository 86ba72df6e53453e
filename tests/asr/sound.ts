import type { UtteranceAudio } from "../../lib/asr/mod.ts";
import type { AudioChunk } from "../../lib/audio/mod.ts";

/** A session's sound with one cursor, from which a test evicts by hand. */
export class Sound implements UtteranceAudio {
  #chunks: AudioChunk[] = [];
  #nextSeq = 0;
  #lostMs = 0;

  push(...chunks: AudioChunk[]): void {
    this.#chunks.push(...chunks);
  }

  /** Drops everything before `seq`, as a buffer does that is full. */
  evictBefore(seq: number): void {
    for (const chunk of this.#chunks) if (chunk.seq < seq) this.#lostMs += chunk.durationMs;
    this.#chunks = this.#chunks.filter((chunk) => chunk.seq >= seq);
  }

  /** The chunks that are held. */
  get heldSeqs(): number[] {
    return this.#chunks.map(({ seq }) => seq);
  }

  get lost(): { readonly durationMs: number } {
    return { durationMs: this.#lostMs };
  }

  peek(): AudioChunk | undefined {
    return this.#chunks.find(({ seq }) => seq >= this.#nextSeq);
  }

  next(): AudioChunk | undefined {
    const chunk = this.peek();
    if (chunk !== undefined) this.#nextSeq = chunk.seq + 1;
    return chunk;
  }

  range(fromSeq: number, throughSeq: number): readonly AudioChunk[] {
    return this.#chunks.filter(({ seq }) => seq >= fromSeq && seq <= throughSeq);
  }

  release(throughSeq: number): void {
    this.#chunks = this.#chunks.filter(({ seq }) => seq > throughSeq);
  }
}
