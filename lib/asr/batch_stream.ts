import type { AudioChunk } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { AsrEvent, AsrStream, RetainedAudio } from "./contract.ts";
import { joinTexts } from "../engine/mod.ts";
import { RetainedUtterance } from "./retained_utterance.ts";

/** What a recognizer says of an utterance that it has. */
export type SpokenEvent = Extract<AsrEvent, { readonly type: "partial" | "final" }>;

/** Options of a {@linkcode BatchStream}. */
export interface BatchStreamOptions {
  /** The session's buffer, where the sound waits. */
  readonly audio: RetainedAudio;
  /** Recognizes the utterance, 16 kHz mono, until the signal aborts. Empty texts are left out. */
  readonly recognize: (pcm: Int16Array<ArrayBuffer>, signal: AbortSignal) => AsyncIterable<SpokenEvent>;
  /** Whether it is asked in a pause already, in case that is the end. Default: no, as services are paid by the request. */
  readonly ahead?: boolean | undefined;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

/** A pause in which the recognizer was asked. */
interface Pause {
  /** What it said; `undefined` where it failed, or was given up. */
  readonly events: Promise<readonly SpokenEvent[] | undefined>;
  readonly giveUp: AbortController;
}

/** How much sound is recognized ahead at most, as a multiple of the utterance's length: a speaker may pause often. */
const MAX_AHEAD_SHARE = 2;

/**
 * An {@linkcode AsrStream} over a recognizer of whole utterances, whose sound stays in the session's buffer until the
 * speaker has finished. Where it may be asked ahead, it is asked in a pause; that holds if the pause was the end.
 */
export class BatchStream implements AsrStream {
  readonly #options: BatchStreamOptions;
  readonly #utterance: RetainedUtterance;
  #lastSeq: number | undefined;
  #pause: Pause | undefined;
  /** What was found in it, until it is told. */
  #ahead: AsrEvent | undefined;
  #aheadSamples = 0;
  #wake = Promise.withResolvers<void>();

  /** Starts with nothing to do; iterating does the work. */
  constructor(options: BatchStreamOptions) {
    this.#options = options;
    this.#utterance = new RetainedUtterance(options.audio);
    options.signal.addEventListener("abort", () => this.finish(), { once: true });
  }

  /** Takes note of a chunk. */
  write(chunk: AudioChunk): void {
    if (this.#lastSeq === undefined) this.#utterance.add(chunk);
  }

  /** The utterance is there, up to `lastSeq`. */
  finish(lastSeq = Infinity): void {
    this.#lastSeq ??= lastSeq;
    this.#wake.resolve();
  }

  /** Asks about what was written up to chunk `throughSeq`, where that is wanted. */
  pause(throughSeq: number): void {
    const { ahead, recognize, signal } = this.#options;
    if (ahead !== true || this.#lastSeq !== undefined || this.#pause !== undefined) return;
    const pcm = this.#utterance.pcm(throughSeq);
    if (pcm.length === 0 || this.#aheadSamples + pcm.length > MAX_AHEAD_SHARE * pcm.length) return;
    this.#aheadSamples += pcm.length;
    const giveUp = new AbortController();
    const events = Array.fromAsync(recognize(pcm, AbortSignal.any([signal, giveUp.signal])))
      .catch(() => undefined); // it is asked once more when the utterance has ended
    const pause = this.#pause = { events, giveUp };
    void events.then((found) => this.#found(pause, found));
  }

  /** What was found ahead is void. */
  resume(): void {
    this.#pause?.giveUp.abort();
    this.#pause = undefined;
    this.#ahead = undefined;
  }

  /** The events, in order. Only one iteration may run. */
  async *[Symbol.asyncIterator](): AsyncGenerator<AsrEvent, void> {
    const { recognize, signal } = this.#options;
    yield { type: "started" };
    const lastSeq = yield* this.#untilFinished();
    if (signal.aborted) {
      throw new EarshotError("canceled", "Cannot recognize: the stream was ended", { cause: signal.reason });
    }
    const known = await this.#pause?.events;
    const pcm = known === undefined ? this.#utterance.pcm(lastSeq) : undefined;
    if (known !== undefined) yield* known.filter(({ text }) => text !== "");
    else if (pcm !== undefined && pcm.length > 0) {
      for await (const event of recognize(pcm, signal)) {
        if (event.text !== "") yield event;
      }
    }
    yield { type: "ended" };
  }

  /** What is found ahead, until the end is known; gives its last chunk. */
  async *#untilFinished(): AsyncGenerator<AsrEvent, number> {
    while (this.#lastSeq === undefined) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
      const ahead = this.#ahead;
      this.#ahead = undefined;
      if (ahead !== undefined && this.#lastSeq === undefined) yield ahead;
    }
    return this.#lastSeq;
  }

  #found(pause: Pause, events: readonly SpokenEvent[] | undefined): void {
    if (pause !== this.#pause || events === undefined || this.#lastSeq !== undefined) return;
    const finals = events.filter((event) => event.type === "final");
    const language = finals.findLast((event) => event.language !== undefined)?.language;
    const text = joinTexts(finals.map(({ text }) => text)).trim();
    this.#ahead = { type: "ahead", text, ...(language !== undefined && { language }) };
    this.#wake.resolve();
  }
}
