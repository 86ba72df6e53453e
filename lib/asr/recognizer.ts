import { EarshotError } from "../errors/mod.ts";
import { Breaker, type BreakerState, type Clock, Semaphore } from "../lifecycle/mod.ts";
import type { AsrAdapter, AsrCapabilities } from "./contract.ts";
import type { ReadText } from "./heard_text.ts";
import { Utterance, type UtteranceOptions, type UtteranceRunner } from "./utterance.ts";

/** Options of a {@linkcode Recognizer}. */
export interface RecognizerOptions {
  /** The time source. */
  readonly clock: Clock;
  /** How long opening a stream may take, in ms. */
  readonly openTimeoutMs: number;
  /** How long the result may take after the end of speech, besides the length of the speech, in ms. */
  readonly finalTimeoutMs: number;
  /** Utterances that may be recognized at once. Default: no bound; an adapter of the engine has its queue. */
  readonly maxStreams?: number;
  /** How often an utterance of which nothing was heard yet is tried again. Default: never. */
  readonly retries?: number;
  /** Failures in a row after which the recognizer is left alone for a while. Default: 5. */
  readonly breakerFailures?: number;
  /** For how long at first, in ms; doubled by each trial that fails, up to a minute. Default: 5,000. */
  readonly breakerCoolDownMs?: number;
  /** Reads each text before anybody is told of it: {@linkcode readTextOf}. Default: it stays as it is. */
  readonly readText?: ReadText | Promise<ReadText>;
  /** Told of what happens to utterances, for metrics; must not throw. */
  readonly onEvent?: (event: RecognizerEvent) => void;
}

/** What happened to an utterance, without a word of it. */
export type RecognizerEvent =
  | { readonly type: "started"; readonly openMs: number }
  | { readonly type: "retried"; readonly error: EarshotError }
  | { readonly type: "partial" }
  | {
    readonly type: "ended";
    /** Absent when it went well. */
    readonly error?: EarshotError;
    /** From the end of speech to the words, in ms; absent when it was given up before. */
    readonly finalMs?: number;
    readonly droppedMs: number;
  };

/** How a recognizer is doing. */
export interface RecognizerStats {
  /** The adapter's name. */
  readonly name: string;
  /** Utterances that are being recognized. */
  readonly streams: number;
  /** Whether it is left alone. */
  readonly breaker: BreakerState;
  /** How often it began to be left alone. */
  readonly breakerOpened: number;
  /** Utterances refused because `maxStreams` were under way. */
  readonly refused: number;
}

/** Runs a recognizer: what every one of them needs and none should have to bring. */
export class Recognizer {
  readonly #semaphore: Semaphore;
  readonly #runner: UtteranceRunner;

  /** Opens nothing yet. */
  constructor(adapter: AsrAdapter, options: RecognizerOptions) {
    const { readText = (text: string) => text } = options;
    // What fails to load fails each utterance.
    Promise.resolve(readText).catch(() => {});
    this.#semaphore = new Semaphore(options.maxStreams ?? Infinity);
    this.#runner = {
      adapter,
      clock: options.clock,
      openTimeoutMs: options.openTimeoutMs,
      finalTimeoutMs: options.finalTimeoutMs,
      retries: options.retries ?? 0,
      readText,
      breaker: new Breaker({
        clock: options.clock,
        failures: options.breakerFailures ?? 5,
        coolDownMs: options.breakerCoolDownMs ?? 5_000,
        maxCoolDownMs: 60_000,
      }),
      admit: () => this.#admit(),
      onEvent: options.onEvent ?? (() => {}),
    };
  }

  /** What the adapter can do. */
  get capabilities(): AsrCapabilities {
    return this.#runner.adapter.capabilities;
  }

  /** How it is doing. */
  get stats(): RecognizerStats {
    const { adapter, breaker } = this.#runner;
    return {
      name: adapter.name,
      streams: this.#semaphore.taken,
      breaker: breaker.state,
      breakerOpened: breaker.opened,
      refused: this.#semaphore.refused,
    };
  }

  /** Begins to recognize an utterance; aborting `signal` gives it up. Never throws. */
  start(options: UtteranceOptions, signal: AbortSignal): Utterance {
    return new Utterance(this.#runner, options, signal);
  }

  #admit(): () => void {
    const release = this.#semaphore.take();
    if (release !== undefined) return release;
    throw new EarshotError(
      "asr.busy",
      `Cannot recognize with ${this.#runner.adapter.name}: ${this.#semaphore.taken} utterances are under way`,
    );
  }
}
