import type { AudioCursor } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { type Breaker, type Clock, scheduleFairly } from "../lifecycle/mod.ts";
import { type AsrResult, Attempt, type SentenceEnd } from "./attempt.ts";
import type { AsrAdapter } from "./contract.ts";
import type { ReadText } from "./heard_text.ts";
import type { RecognizerEvent } from "./recognizer.ts";

/** How long before a further try, in ms; doubled each time. */
const RETRY_DELAY_MS = 100;

/** What all utterances of a recognizer share. */
export interface UtteranceRunner {
  /** What recognizes them. */
  readonly adapter: AsrAdapter;
  /** The time source. */
  readonly clock: Clock;
  /** How long opening the stream may take, in ms. */
  readonly openTimeoutMs: number;
  /** How long the result may take after the end of speech, besides the length of the speech, in ms. */
  readonly finalTimeoutMs: number;
  /** How often it is tried again as long as nothing was heard. */
  readonly retries: number;
  /** Reads each text before anybody is told of it. */
  readonly readText: ReadText | Promise<ReadText>;
  /** Says whether the recognizer is to be left alone. */
  readonly breaker: Breaker;
  /** Takes a place among the streams, or throws; the function gives it back. */
  readonly admit: () => () => void;
  /** Told of what happens. */
  readonly onEvent: (event: RecognizerEvent) => void;
}

/** What one utterance is recognized from. */
export interface UtteranceOptions {
  /** The language of the speaker (BCP 47). */
  readonly language: string;
  /** The place in the session's sound where the utterance begins; the caller's, who closes it. */
  readonly cursor: AudioCursor;
  /** Told of the words as they change, all of the utterance's so far; must not throw. */
  readonly onPartial?: (text: string) => void;
  /** Told of each sentence that is complete, while the utterance goes on; must not throw. */
  readonly onSentence?: (text: string) => void;
  /**
   * Leaves it to the recognizer to say when the utterance has ended, and is told so, once, before `finish`: by its
   * first sentence, or because it gave up. Must not throw.
   */
  readonly onEndpoint?: () => void;
}

/**
 * One utterance being recognized. Its stream ends with it: by its result, by a deadline, or by the signal. A
 * recognizer that fails before it has said a word is tried again with the same sound, the last five seconds of it,
 * which the session's buffer holds for that long.
 */
export class Utterance {
  /**
   * What was said. Rejects with an `EarshotError`: `asr.*`, `engine.*`, or `canceled` when the signal
   * aborted. It may be left unawaited.
   */
  readonly result: Promise<AsrResult>;
  readonly #runner: UtteranceRunner;
  readonly #options: UtteranceOptions;
  readonly #signal: AbortSignal;
  readonly #settle = Promise.withResolvers<AsrResult>();
  readonly #onAbort = () => this.#giveUp();
  readonly #fromSeq: number;
  #attempt: Attempt | undefined;
  /** The chunk with which the speaker may have finished: a further attempt is told as well. */
  #pausedSeq: number | undefined;
  #end: { readonly lastSeq?: number; readonly atMs: number } | undefined;
  #ended = false;
  #endpointTold = false;
  #cancelFinal: (() => void) | undefined;
  #release: (() => void) | undefined;

  /** Opens the stream; made by `Recognizer.start`. */
  constructor(runner: UtteranceRunner, options: UtteranceOptions, signal: AbortSignal) {
    this.#runner = runner;
    this.#options = options;
    this.#signal = signal;
    this.#fromSeq = options.cursor.positionSeq;
    this.result = this.#settle.promise;
    this.result.catch(() => {});
    if (signal.aborted) {
      this.#giveUp();
      return;
    }
    signal.addEventListener("abort", this.#onAbort, { once: true });
    void this.#run();
  }

  /** Whether the recognizer has heard a word of it. */
  get spoken(): boolean {
    return this.#attempt?.spoken ?? false;
  }

  /**
   * Where the sentence ends by which the service ended the utterance; `undefined` where it was nothing of that kind.
   */
  get sentenceEnd(): SentenceEnd | undefined {
    return this.#ended ? undefined : this.#attempt?.sentenceEnd;
  }

  /** Hands over the chunks that the cursor has; called after each push into the buffer. Never throws. */
  pump(): void {
    this.#attempt?.pump();
  }

  /** The speaker may have finished with chunk `throughSeq`; see {@linkcode AsrStream.pause}. Never throws. */
  pause(throughSeq: number): void {
    if (this.#end !== undefined) return;
    this.#pausedSeq = throughSeq;
    this.#attempt?.pause(throughSeq);
  }

  /** The speaker went on after all. Never throws. */
  resume(): void {
    if (this.#end !== undefined) return;
    this.#pausedSeq = undefined;
    this.#attempt?.resume();
  }

  /** No more sound will come; sound after `lastSeq` is not part of the utterance. The first call counts. */
  finish(lastSeq?: number): void {
    if (this.#expectResult(lastSeq)) this.#attempt?.finish(lastSeq);
  }

  /** The same, and what was said so far is all of it: the sound after `lastSeq` is another utterance's. */
  conclude(lastSeq: number): void {
    if (this.#expectResult(lastSeq)) this.#attempt?.conclude(lastSeq);
  }

  /** The result is due from now on; whether it was not before. */
  #expectResult(lastSeq: number | undefined): boolean {
    if (this.#end !== undefined || this.#ended) return false;
    const { clock, finalTimeoutMs } = this.#runner;
    const { cursor } = this.#options;
    this.#end = { atMs: clock.nowMs(), ...(lastSeq !== undefined && { lastSeq }) };
    let unwrittenMs = 0;
    for (const chunk of cursor.range(cursor.positionSeq, lastSeq ?? Infinity)) {
      unwrittenMs += chunk.durationMs;
    }
    const limitMs = finalTimeoutMs + (this.#attempt?.audioMs ?? 0) + unwrittenMs;
    this.#cancelFinal = scheduleFairly(clock, limitMs, () => {
      const { name } = this.#runner.adapter;
      this.#fail(
        new EarshotError(
          "asr.timeout",
          `Cannot recognize with ${name}: it took longer than ${Math.round(limitMs)} ms`,
        ),
      );
    });
    return true;
  }

  async #run(): Promise<void> {
    const { retries, breaker, admit, onEvent } = this.#runner;
    try {
      this.#release = admit();
      for (let tries = 0;; tries++) {
        const attempt = this.#begin({ keepsSound: tries < retries });
        this.#assertAllowed();
        try {
          const result = await attempt.run();
          breaker.succeeded();
          this.#succeed(result);
          return;
        } catch (thrown) {
          const error = EarshotError.from(thrown, "asr.failed");
          this.#judge(error);
          const again = tries < retries && error.retryable && !attempt.spoken &&
            this.#canRepeat() && error.code !== "asr.unavailable";
          if (this.#ended || !again) throw error;
          onEvent({ type: "retried", error });
          await this.#wait(RETRY_DELAY_MS * 2 ** tries);
          // It may have been given up meanwhile.
          if (this.#hasEnded()) return;
          this.#options.cursor.rewind();
          if (breaker.state === "open") throw error;
        }
      }
    } catch (thrown) {
      // Whoever is told by `onEndpoint` asks for the result, and may only do so once `start` has returned.
      await Promise.resolve();
      this.#fail(EarshotError.from(thrown, "asr.failed"));
    }
  }

  #begin({ keepsSound }: { readonly keepsSound: boolean }): Attempt {
    const { adapter, clock, openTimeoutMs, readText, onEvent } = this.#runner;
    const { language, cursor, onPartial, onSentence, onEndpoint } = this.#options;
    const attempt = new Attempt(adapter, {
      clock,
      openTimeoutMs,
      readText,
      language,
      cursor,
      endpointing: onEndpoint !== undefined,
      fromSeq: this.#fromSeq,
      keepsSound,
      onStarted: (openMs) => onEvent({ type: "started", openMs }),
      onPartial: (text) => {
        onEvent({ type: "partial" });
        onPartial?.(text);
      },
      onSentence: (text) => {
        onSentence?.(text);
        if (text !== "") this.#endpoint();
      },
    });
    this.#attempt = attempt;
    if (this.#pausedSeq !== undefined) attempt.pause(this.#pausedSeq);
    if (this.#end !== undefined) attempt.finish(this.#end.lastSeq);
    return attempt;
  }

  #assertAllowed(): void {
    const { breaker, adapter } = this.#runner;
    if (breaker.allow()) return;
    throw new EarshotError(
      "asr.unavailable",
      `Cannot recognize with ${adapter.name}: it failed too often and is left alone for a while`,
    );
  }

  /** Tells the breaker how the attempt ended. */
  #judge(error: EarshotError): void {
    const { breaker } = this.#runner;
    const givenUp = this.#ended && error.code !== "asr.timeout" || error.code === "canceled";
    // A full queue says nothing of the recognizer; it must not cost those their words who would find room.
    if (givenUp || error.code === "engine.busy") breaker.undecided();
    else if (error.retryable) breaker.failed();
    else breaker.succeeded();
  }

  /** Whether all of the sound is still there when it fails: one of segments lets go of each. */
  #canRepeat(): boolean {
    const { streaming, whole = false } = this.#runner.adapter.capabilities;
    return streaming || whole;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const signal = this.#signal;
      const done = () => {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.#runner.clock.schedule(ms, done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  #giveUp(): void {
    const cause = this.#signal.reason;
    this.#fail(new EarshotError("canceled", "Cannot finish recognition: the turn has ended", { cause }));
  }

  #succeed(result: AsrResult): void {
    if (this.#ended) return;
    this.#settle.resolve(result);
    this.#close();
  }

  #fail(error: EarshotError): void {
    if (this.#ended) return;
    const said = this.#attempt?.said;
    // The sentence that ended the utterance is not lost to what goes wrong while the stream is ended.
    if (this.#endpointTold && said !== undefined && error.code !== "canceled") this.#settle.resolve(said);
    else this.#settle.reject(error);
    this.#close(error);
    this.#attempt?.giveUp(error);
  }

  // A method, because it may become true while something is awaited, which narrowing cannot see.
  #hasEnded(): boolean {
    return this.#ended;
  }

  #close(error?: EarshotError): void {
    this.#ended = true;
    this.#cancelFinal?.();
    this.#release?.();
    this.#signal.removeEventListener("abort", this.#onAbort);
    const { onEvent, clock } = this.#runner;
    onEvent({
      type: "ended",
      ...(error !== undefined && { error }),
      ...(this.#end !== undefined && { finalMs: clock.nowMs() - this.#end.atMs }),
      droppedMs: this.#attempt?.droppedMs ?? 0,
    });
    if (error?.code !== "canceled") this.#endpoint();
  }

  #endpoint(): void {
    const { onEndpoint } = this.#options;
    if (onEndpoint === undefined || this.#endpointTold || this.#end !== undefined) return;
    this.#endpointTold = true;
    onEndpoint();
  }
}
