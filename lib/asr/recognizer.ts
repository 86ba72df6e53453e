import type { AudioCursor } from "../audio/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import type { AsrAdapter } from "./contract.ts";
import { Utterance } from "./utterance.ts";

/** Options of a {@linkcode Recognizer}. */
export interface RecognizerOptions {
  /** The time source. */
  readonly clock: Clock;
  /** How long opening a stream may take, in ms. */
  readonly openTimeoutMs: number;
  /** How long the result may take after the end of speech, besides the length of the speech, in ms. */
  readonly finalTimeoutMs: number;
}

/** What one utterance is recognised from. */
export interface UtteranceOptions {
  /** The language of the speaker (BCP 47). */
  readonly language: string;
  /** The place in the session's sound where the utterance begins; the caller's, who closes it. */
  readonly cursor: AudioCursor;
  /** Told of the words as they change, all of the utterance's so far; must not throw. */
  readonly onPartial?: (text: string) => void;
}

/** Runs a recogniser: what every one of them needs and none should have to bring. */
export class Recognizer {
  readonly #adapter: AsrAdapter;
  readonly #options: RecognizerOptions;

  /** Opens nothing yet. */
  constructor(adapter: AsrAdapter, options: RecognizerOptions) {
    this.#adapter = adapter;
    this.#options = options;
  }

  /** Begins to recognise an utterance; aborting `signal` gives it up. Never throws. */
  start(options: UtteranceOptions, signal: AbortSignal): Utterance {
    return new Utterance(this.#adapter, { ...this.#options, ...options, signal });
  }
}
