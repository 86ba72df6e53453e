import { type AsrResult, joinTexts, type Recognizer, type SentenceEnd, type Utterance } from "../asr/mod.ts";
import type { AudioCursor } from "../audio/mod.ts";

/** How many utterances a turn may have: a service may end each at once, and would be asked with every packet. */
const MAX_UTTERANCES = 8;

/** Options of a {@linkcode TurnSpeech}. */
export interface TurnSpeechOptions {
  /** What recognizes it. */
  readonly recognizer: Recognizer;
  /** The language of the speaker. */
  readonly language: string;
  /** The place in the session's sound where it begins. */
  readonly cursor: AudioCursor;
  /** Gives it up. */
  readonly signal: AbortSignal;
  /** The recognizer says that it has ended; with this it is asked to. */
  readonly onEndpoint?: (() => void) | undefined;
}

/**
 * What is said in a turn: one utterance. A service may end it by itself, as after a long pause; what is said afterward
 * is another one, and so is what its socket had not taken by then. What nobody is asked about any more is counted.
 */
export class TurnSpeech {
  readonly #options: TurnSpeechOptions;
  #utterances: readonly Utterance[] = [];
  #open: Utterance | undefined;
  /** The last chunk of it, once that is known. */
  #lastSeq: number | undefined;
  /** Sound that came after the last utterance that may be, in ms. */
  #unheardMs = 0;

  /** Begins to recognize it. */
  constructor(options: TurnSpeechOptions) {
    this.#options = options;
    this.#begin()?.pump();
  }

  /** Whether the recognizer has heard a word of it. */
  get spoken(): boolean {
    return this.#utterances.some(({ spoken }) => spoken);
  }

  /** Where the sentence ends by which the service ended it, if it was one. */
  get sentenceEnd(): SentenceEnd | undefined {
    return this.#open?.sentenceEnd;
  }

  /** The cursor reads on, up to chunk `throughSeq`. */
  heard(throughSeq: number): void {
    const utterance = this.#open ?? this.#begin();
    if (utterance === undefined) this.#drop(throughSeq);
    else utterance.pump();
  }

  /** It may have ended with chunk `throughSeq`. */
  pause(throughSeq: number): void {
    this.#open?.pause(throughSeq);
  }

  /** It had not. */
  resume(): void {
    this.#open?.resume();
  }

  /** All up to chunk `lastSeq` belongs to it, and nothing after, which may be the next turn's. */
  finish(lastSeq: number): void {
    this.#lastSeq ??= lastSeq;
    this.#open?.finish(lastSeq);
  }

  /** What the service has said so far is all: what comes after chunk `lastSeq` is the next turn's, though heard. */
  conclude(lastSeq: number): void {
    this.#lastSeq ??= lastSeq;
    this.#open?.conclude(lastSeq);
  }

  /** The words, once they are known. Rejects as {@linkcode Utterance.result} does. */
  async result(): Promise<AsrResult> {
    for (;;) {
      const results = await Promise.all(this.#utterances.map(({ result }) => result));
      if (this.#recognizeRest()) continue;
      return {
        // Each tells its language and mood where it can; those of the last one count.
        ...Object.assign({}, ...results),
        text: joinTexts(results.map(({ text }) => text)),
        droppedMs: results.reduce((sum, { droppedMs }) => sum + droppedMs, this.#unheardMs),
      };
    }
  }

  /** Asks about what the last utterance's stream had not taken when it ended; whether there is anything to ask. */
  #recognizeRest(): boolean {
    const lastSeq = this.#lastSeq ?? -1;
    if (this.#options.cursor.positionSeq > lastSeq) return false;
    const utterance = this.#begin();
    if (utterance === undefined) this.#drop(lastSeq);
    utterance?.finish(lastSeq);
    return utterance !== undefined;
  }

  /** Nobody is asked about what was not read up to chunk `throughSeq`. */
  #drop(throughSeq: number): void {
    const { cursor } = this.#options;
    for (const { durationMs } of cursor.range(cursor.positionSeq, throughSeq)) this.#unheardMs += durationMs;
    cursor.release(throughSeq);
  }

  #begin(): Utterance | undefined {
    if (this.#utterances.length >= MAX_UTTERANCES) return undefined;
    const { recognizer, signal, language, cursor, onEndpoint } = this.#options;
    cursor.skipTo(cursor.positionSeq); // what an earlier one has read is not tried again
    const endpoint = onEndpoint && this.#lastSeq === undefined ? { onEndpoint } : {};
    const utterance = recognizer.start({ language, cursor, ...endpoint }, signal);
    this.#utterances = [...this.#utterances, utterance];
    this.#open = utterance;
    const ended = () => {
      if (this.#open === utterance) this.#open = undefined;
    };
    utterance.result.then(ended, () => {}); // after a failure the turn has failed
    return utterance;
  }
}
