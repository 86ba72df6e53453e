import { FRAME_SAMPLES } from "../inference/silero.ts";

/** For how many streams a beginning is kept; past that, that of the least recently used one goes. */
const MAX_STREAMS = 4_096;

/** Cuts the sound of many streams into whole frames of the detector; what is left of each waits for its next sound. */
export class StreamFramers {
  readonly #rests = new Map<number, Int16Array<ArrayBuffer>>();

  /**
   * All whole frames that are complete with `parts`. `restSamples` are what the caller knows to wait: where there are others, as
   * after the engine has ended, silence takes their place, so that both count the same frames.
   */
  push(streamId: number, parts: readonly Int16Array[], restSamples?: number): Int16Array<ArrayBuffer> {
    const kept = this.#rests.get(streamId) ?? new Int16Array(0);
    const rest = restSamples === undefined || kept.length === restSamples
      ? kept
      : new Int16Array(restSamples);
    const sound = new Int16Array(parts.reduce((sum, { length }) => sum + length, rest.length));
    sound.set(rest);
    let at = rest.length;
    for (const part of parts) {
      sound.set(part, at);
      at += part.length;
    }
    const end = sound.length - sound.length % FRAME_SAMPLES;
    this.#rests.delete(streamId);
    if (end < sound.length) this.#rests.set(streamId, sound.slice(end));
    if (this.#rests.size > MAX_STREAMS) {
      const [oldest = streamId] = this.#rests.keys();
      this.#rests.delete(oldest);
    }
    return end === sound.length ? sound : sound.slice(0, end);
  }

  /** Forgets what is left of a stream; an unknown one is no error. */
  close(streamId: number): void {
    this.#rests.delete(streamId);
  }
}
