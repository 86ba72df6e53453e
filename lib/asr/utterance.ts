import type { AudioCursor } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { scheduleFairly } from "../lifecycle/mod.ts";
import { serviceError } from "../service/mod.ts";
import { type AsrAhead, type AsrResult, Attempt, type SentenceEnd } from "./attempt.ts";
import type { Chain, ChainMember } from "./recognizer.ts";
import type { AsrRunner } from "./runner.ts";

/** How long before a further try, in ms; doubled each time. */
const RETRY_DELAY_MS = 100;

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
   * Told between `pause` and `resume` or `finish` of what was said if that is the end, all of the utterance's so far, and
   * again when it changes: by a recognizer that works while the user speaks the words so far, by one of segments what it
   * has found in the pause. Nothing says that it will be told, nor that the result will be the same. Must not throw.
   */
  readonly onAhead?: (ahead: AsrAhead) => void;
  /**
   * Leaves it to the recognizer to say when the utterance has ended, and is told so, once, before `finish`: by its
   * first sentence, because its words do not go on, or because it gave up. Must not throw.
   */
  readonly onEndpoint?: () => void;
}

/**
 * One utterance being recognized. Its stream ends with it: by its result, by a deadline, or by the signal. A
 * service that fails before it has said a word is tried again, and then the next one of the chain, with the same
 * sound, the last five seconds of it, which the session's buffer holds for that long.
 */
export class Utterance {
  /**
   * What was said. Rejects with an `EarshotError`: `asr.*`, `engine.*`, or `canceled` when the signal
   * aborted. It may be left unawaited.
   */
  readonly result: Promise<AsrResult>;
  readonly #members: Chain;
  readonly #options: UtteranceOptions;
  readonly #signal: AbortSignal;
  readonly #settle = Promise.withResolvers<AsrResult>();
  readonly #onAbort = () => this.#giveUp();
  readonly #fromSeq: number;
  /** The service that is asked now. */
  #runner: AsrRunner;
  /** Whether a further service may take over from it. */
  #hasNext = false;
  /** Whether its time for the result is over. */
  #late = false;
  #attempt: Attempt | undefined;
  /** The chunk with which the speaker may have finished: a further attempt is told as well. */
  #pausedSeq: number | undefined;
  #end: { readonly lastSeq?: number; readonly atMs: number } | undefined;
  #ended = false;
  #endpointTold = false;
  #cancelFinal: (() => void) | undefined;
  #cancelMore: (() => void) | undefined;
  #release: (() => void) | undefined;

  /** Opens the stream; made by `Recognizer.start`. */
  constructor(members: Chain, options: UtteranceOptions, signal: AbortSignal) {
    this.#members = members;
    this.#runner = members[0].runner;
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
    this.#end = { atMs: this.#runner.clock.nowMs(), ...(lastSeq !== undefined && { lastSeq }) };
    this.#limitResult(lastSeq);
    return true;
  }

  /** Gives the service its time for the result: what its block says, and the length of the sound. */
  #limitResult(lastSeq = Infinity): void {
    const { clock, finalTimeoutMs, service } = this.#runner;
    const { cursor } = this.#options;
    let unwrittenMs = 0;
    for (const chunk of cursor.range(cursor.positionSeq, lastSeq)) unwrittenMs += chunk.durationMs;
    const limitMs = finalTimeoutMs + (this.#attempt?.audioMs ?? 0) + unwrittenMs;
    this.#cancelFinal?.();
    this.#cancelFinal = scheduleFairly(clock, limitMs, () => {
      const error = serviceError(service, "timeout", {
        detail: `no result within ${Math.round(limitMs)} ms`,
      });
      this.#late = true;
      if (this.#hasNext) this.#attempt?.giveUp(error);
      else this.#fail(error);
    });
  }

  async #run(): Promise<void> {
    const members = [...this.#members];
    try {
      for (let member = members.shift(); member !== undefined; member = members.shift()) {
        const [next] = members;
        try {
          this.#hasNext = next !== undefined;
          this.#succeed(await this.#askService(member));
          return;
        } catch (thrown) {
          const error = EarshotError.from(thrown, "asr.failed");
          if (this.#ended || next === undefined || !this.#canRepeat(member.runner)) throw error;
          member.runner.onEvent({ type: "retried", error, next: next.runner.provider.name });
          this.#release?.();
          this.#options.cursor.rewind();
        }
      }
    } catch (thrown) {
      // Whoever is told by `onEndpoint` asks for the result, and may only do so once `start` has returned.
      await Promise.resolve();
      this.#fail(EarshotError.from(thrown, "asr.failed"));
    }
  }

  /** Asks one service, again after a fault that may pass. */
  async #askService(member: ChainMember): Promise<AsrResult> {
    const { runner } = member;
    const { retries, guard, onEvent } = runner;
    this.#runner = runner;
    this.#late = false;
    this.#release = guard.enter();
    for (let tries = 0;; tries++) {
      const attempt = this.#begin(member, { keepsSound: this.#hasNext || tries < retries });
      guard.assertAvailable();
      try {
        const result = await attempt.run();
        guard.succeeded();
        return result;
      } catch (thrown) {
        const error = EarshotError.from(thrown, "asr.failed");
        guard.failed(error, { givenUp: this.#ended && error.code !== "asr.timeout" });
        const again = tries < retries && !this.#late && error.retryable && this.#canRepeat(runner);
        if (this.#ended || !again) throw error;
        onEvent({ type: "retried", error });
        await this.#wait(runner, RETRY_DELAY_MS * 2 ** tries);
        if (this.#isOver()) throw error;
        this.#options.cursor.rewind();
        if (guard.stats.breaker === "open") throw error;
      }
    }
  }

  #begin(
    { runner, readText = (text) => text }: ChainMember,
    { keepsSound }: { readonly keepsSound: boolean },
  ): Attempt {
    const { onEvent } = runner;
    const { language, cursor, onPartial, onSentence, onAhead, onEndpoint } = this.#options;
    const attempt = new Attempt(runner, {
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
        this.#awaitMore();
      },
      onSentence: (text) => {
        onSentence?.(text);
        if (text !== "") this.#endpoint();
      },
      onAhead: (ahead) => onAhead?.(ahead),
    });
    this.#attempt = attempt;
    if (this.#pausedSeq !== undefined) attempt.pause(this.#pausedSeq);
    if (this.#end !== undefined) {
      this.#limitResult(this.#end.lastSeq);
      attempt.finish(this.#end.lastSeq);
    }
    return attempt;
  }

  /** Words that do not go on for as long as a result may take have ended: the service may have hung. */
  #awaitMore(): void {
    if (this.#options.onEndpoint === undefined || this.#end !== undefined || this.#endpointTold) return;
    const { clock, finalTimeoutMs } = this.#runner;
    this.#cancelMore?.();
    this.#cancelMore = scheduleFairly(clock, finalTimeoutMs, () => this.#endpoint());
  }

  /** Whether nothing was said yet and all of the sound is still there: one of segments lets go of each. */
  #canRepeat({ provider: { capabilities: { streaming, whole = false } } }: AsrRunner): boolean {
    if (this.#attempt?.spoken === true) return false;
    return streaming || whole || this.#attempt === undefined || this.#attempt.audioMs === 0;
  }

  #wait({ clock }: AsrRunner, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const signal = this.#signal;
      const done = () => {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = clock.schedule(ms, done);
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
  #isOver(): boolean {
    return this.#ended || this.#late;
  }

  #close(error?: EarshotError): void {
    this.#ended = true;
    this.#cancelFinal?.();
    this.#cancelMore?.();
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
