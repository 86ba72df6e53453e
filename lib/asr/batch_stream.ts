import type { AudioChunk } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { AsrEvent, AsrStream, RetainedAudio } from "./contract.ts";
import { RetainedUtterance } from "./retained_utterance.ts";

/** What a recognizer says of an utterance that it has. */
export type SpokenEvent = Extract<AsrEvent, { readonly type: "partial" | "final" }>;

/** Options of a {@linkcode BatchStream}. */
export interface BatchStreamOptions {
  /** The session's buffer, where the sound waits. */
  readonly audio: RetainedAudio;
  /** Recognizes the utterance, 16 kHz mono; it heeds the signal itself. Empty texts are left out. */
  readonly recognize: (pcm: Int16Array<ArrayBuffer>) => AsyncIterable<SpokenEvent>;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

/**
 * An {@linkcode AsrStream} over a recognizer of whole utterances: nothing is asked before the speaker has finished,
 * since a service is paid by the request, and the sound stays in the session's buffer until then.
 */
export class BatchStream implements AsrStream {
  readonly #options: BatchStreamOptions;
  readonly #utterance: RetainedUtterance;
  readonly #finished = Promise.withResolvers<number>();
  #writable = true;

  /** Starts with nothing to do; iterating does the work. */
  constructor(options: BatchStreamOptions) {
    this.#options = options;
    this.#utterance = new RetainedUtterance(options.audio);
    options.signal.addEventListener("abort", () => this.finish(), { once: true });
  }

  /** Takes note of a chunk. */
  write(chunk: AudioChunk): void {
    if (this.#writable) this.#utterance.add(chunk);
  }

  /** The utterance is there, up to `lastSeq`. */
  finish(lastSeq = Infinity): void {
    this.#writable = false;
    this.#finished.resolve(lastSeq);
  }

  /** The events, in order. Only one iteration may run. */
  async *[Symbol.asyncIterator](): AsyncGenerator<AsrEvent, void> {
    const { recognize, signal } = this.#options;
    yield { type: "started" };
    const lastSeq = await this.#finished.promise;
    if (signal.aborted) {
      throw new EarshotError("canceled", "Cannot recognize: the stream was ended", { cause: signal.reason });
    }
    const pcm = this.#utterance.pcm(lastSeq);
    if (pcm.length > 0) {
      for await (const event of recognize(pcm)) {
        if (event.text !== "") yield event;
      }
    }
    yield { type: "ended" };
  }
}
