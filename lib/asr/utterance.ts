import type { AudioCursor } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { Breaker, Clock } from "../lifecycle/mod.ts";
import type { AsrAdapter, AsrEvent, AsrStream } from "./contract.ts";
import { joinTexts } from "./join_texts.ts";
import type { RecognizerEvent } from "./recognizer.ts";
import { SILENCE } from "./silence.ts";

type AsrFinal = Extract<AsrEvent, { type: "final" }>;

/** What was said in an utterance. */
export interface AsrResult {
  /** The words; `""` when nothing was said. */
  readonly text: string;
  /** The language that was heard, where the service tells. */
  readonly language?: string;
  /** The speaker's mood, where the service tells. */
  readonly emotion?: string;
  /** Sound of the utterance that was dropped before it was heard, in ms. */
  readonly droppedMs: number;
}

/** How long before a further try, in ms; doubled each time. */
const RETRY_DELAY_MS = 100;

/** What an {@linkcode Utterance} is made of; `Recognizer.start` puts it together. */
export interface UtteranceSetup {
  /** The time source. */
  readonly clock: Clock;
  /** How long opening the stream may take, in ms. */
  readonly openTimeoutMs: number;
  /** How long the result may take after the end of speech, besides the length of the speech, in ms. */
  readonly finalTimeoutMs: number;
  /** How often it is tried again as long as nothing was heard. */
  readonly retries: number;
  /** Says whether the recogniser is to be left alone. */
  readonly breaker: Breaker;
  /** Takes a place among the streams, or throws; the function gives it back. */
  readonly admit: () => () => void;
  /** Told of what happens. */
  readonly onEvent: (event: RecognizerEvent) => void;
  /** The language of the speaker (BCP 47). */
  readonly language: string;
  /** Where the sound is read from; the caller closes it. */
  readonly cursor: AudioCursor;
  /** Gives the utterance up. */
  readonly signal: AbortSignal;
  /** Told of the words as they change. */
  readonly onPartial?: (text: string) => void;
  /** Told of each complete sentence. */
  readonly onSentence?: (text: string) => void;
}

/** One try: a stream, what it was given and what it said. */
class Attempt {
  readonly life = new AbortController();
  readonly failed = Promise.withResolvers<never>();
  readonly finals: AsrFinal[] = [];
  stream: AsrStream | undefined;
  finished = false;
  /** Sound that was gone before it could be written, in ms. */
  droppedMs = 0;
  /** The chunk that comes next if none is missing. */
  nextSeq: number;
  lastWriteMs: number;

  constructor(nextSeq: number, nowMs: number) {
    this.nextSeq = nextSeq;
    this.lastWriteMs = nowMs;
    this.failed.promise.catch(() => {});
  }
}

/**
 * One utterance being recognised. Its stream ends with it: by its result, by a deadline, or by the signal;
 * whatever the service says later touches nothing. A streaming recogniser that fails before it has said a
 * word is tried again with the sound from the start, which the session's buffer holds for that long.
 */
export class Utterance {
  /**
   * What was said. Rejects with an `EarshotError`: `asr.*`, `engine.*`, or `cancelled` when the signal
   * aborted. It may be left unawaited.
   */
  readonly result: Promise<AsrResult>;
  readonly #adapter: AsrAdapter;
  readonly #setup: UtteranceSetup;
  readonly #settle = Promise.withResolvers<AsrResult>();
  readonly #onAbort = () => this.#giveUp();
  #attempt: Attempt | undefined;
  /** Whether the recogniser has said anything: then there is no second try. */
  #spoken = false;
  #end: { readonly lastSeq?: number; readonly atMs: number } | undefined;
  #ended = false;
  #audioMs = 0;
  #cancelFinal: (() => void) | undefined;
  #release: (() => void) | undefined;

  /** Opens the stream; made by `Recognizer.start`. */
  constructor(adapter: AsrAdapter, setup: UtteranceSetup) {
    this.#adapter = adapter;
    this.#setup = setup;
    this.result = this.#settle.promise;
    this.result.catch(() => {});
    if (setup.signal.aborted) {
      this.#giveUp();
      return;
    }
    setup.signal.addEventListener("abort", this.#onAbort, { once: true });
    void this.#run();
  }

  /** Hands over the chunks that the cursor has; called after each push into the buffer. Never throws. */
  pump(): void {
    this.#guard((attempt, stream) => {
      if (this.#end === undefined) this.#handOver(attempt, stream);
      else this.#handOverLast(attempt, stream, this.#end.lastSeq);
    });
  }

  /** The speaker may have finished with chunk `throughSeq`; see {@linkcode AsrStream.pause}. Never throws. */
  pause(throughSeq: number): void {
    if (this.#end !== undefined) return;
    this.#guard((attempt, stream) => {
      this.#handOver(attempt, stream);
      stream.pause?.(throughSeq);
    });
  }

  /** The speaker went on after all. Never throws. */
  resume(): void {
    if (this.#end === undefined) this.#guard((_attempt, stream) => stream.resume?.());
  }

  /** No more sound will come; sound after `lastSeq` is not part of the utterance. The first call counts. */
  finish(lastSeq?: number): void {
    if (this.#end !== undefined || this.#ended) return;
    const { clock, finalTimeoutMs, cursor } = this.#setup;
    this.#end = { atMs: clock.nowMs(), ...(lastSeq !== undefined && { lastSeq }) };
    let unwrittenMs = 0;
    for (const chunk of cursor.range(cursor.positionSeq, lastSeq ?? Infinity)) {
      unwrittenMs += chunk.durationMs;
    }
    const limitMs = finalTimeoutMs + this.#audioMs + unwrittenMs;
    this.#cancelFinal = clock.schedule(limitMs, () => this.#fail(this.#late("recognise with", limitMs)));
    this.pump();
  }

  async #run(): Promise<void> {
    const { retries, breaker, admit, clock, cursor, onEvent } = this.#setup;
    try {
      this.#release = admit();
      for (let tries = 0;; tries++) {
        const attempt = new Attempt(cursor.positionSeq, clock.nowMs());
        this.#attempt = attempt;
        try {
          await this.#try(attempt);
          return;
        } catch (thrown) {
          const error = EarshotError.from(thrown, "asr.failed");
          attempt.life.abort();
          const again = tries < retries && error.retryable && !this.#spoken &&
            this.#adapter.capabilities.streaming && error.code !== "asr.unavailable";
          if (this.#ended || !again) throw error;
          onEvent({ type: "retried", code: error.code });
          await this.#wait(RETRY_DELAY_MS * 2 ** tries);
          // It may have been given up meanwhile.
          if (this.#hasEnded()) return;
          cursor.rewind();
          this.#audioMs = 0;
          if (breaker.state === "open") throw error;
        }
      }
    } catch (thrown) {
      this.#fail(EarshotError.from(thrown, "asr.failed"));
    }
  }

  async #try(attempt: Attempt): Promise<void> {
    const { breaker } = this.#setup;
    if (!breaker.allow()) {
      throw new EarshotError(
        "asr.unavailable",
        `Cannot recognise with ${this.#adapter.name}: it failed too often and is left alone for a while`,
      );
    }
    try {
      await Promise.race([this.#converse(attempt), attempt.failed.promise]);
      breaker.succeeded();
    } catch (thrown) {
      const error = EarshotError.from(thrown, "asr.failed");
      if (this.#ended && error.code !== "asr.timeout" || error.code === "cancelled") breaker.undecided();
      else if (error.retryable) breaker.failed();
      else breaker.succeeded();
      throw error;
    }
  }

  async #converse(attempt: Attempt): Promise<void> {
    const { clock, openTimeoutMs, language, cursor, onEvent } = this.#setup;
    const beganMs = clock.nowMs();
    const cancelDeadline = clock.schedule(
      openTimeoutMs,
      () => attempt.failed.reject(this.#late("open", openTimeoutMs)),
    );
    const { signal } = attempt.life;
    signal.addEventListener("abort", cancelDeadline, { once: true });
    const stream = await this.#adapter.open(
      { language, audio: cursor, onWritable: () => this.pump() },
      signal,
    );
    if (signal.aborted) return;
    cancelDeadline();
    signal.removeEventListener("abort", cancelDeadline);
    onEvent({ type: "started", openMs: clock.nowMs() - beganMs });
    attempt.stream = stream;
    attempt.lastWriteMs = clock.nowMs();
    this.pump();
    this.#keepAwake(attempt);
    await this.#read(attempt, stream);
  }

  async #read(attempt: Attempt, stream: AsrStream): Promise<void> {
    const { onPartial, onSentence, onEvent } = this.#setup;
    const textSoFar = (last: string) => joinTexts([...attempt.finals.map(({ text }) => text), last]);
    for await (const event of stream) {
      if (this.#ended || attempt.life.signal.aborted) return;
      if (event.type === "partial" || event.type === "final") this.#spoken = true;
      if (event.type === "partial") {
        onEvent({ type: "partial" });
        onPartial?.(textSoFar(event.text));
      } else if (event.type === "final") {
        attempt.finals.push(event);
        onSentence?.(event.text);
      } else if (event.type === "ended") {
        this.#settle.resolve(this.#toResult(attempt));
        return this.#close();
      }
    }
    throw new EarshotError(
      "asr.failed",
      `Cannot recognise with ${this.#adapter.name}: it fell silent before the end`,
    );
  }

  #toResult({ finals, droppedMs }: Attempt): AsrResult {
    const language = finals.findLast((final) => final.language !== undefined)?.language;
    const emotion = finals.findLast((final) => final.emotion !== undefined)?.emotion;
    return {
      text: joinTexts(finals.map(({ text }) => text)),
      ...(language !== undefined && { language }),
      ...(emotion !== undefined && { emotion }),
      droppedMs: this.#droppedMs(finals, droppedMs),
    };
  }

  /** What a recogniser that retains sound could not read any more, the cursor has counted already. */
  #droppedMs(finals: readonly AsrFinal[], droppedMs: number): number {
    return this.#adapter.capabilities.streaming
      ? finals.reduce((sum, final) => sum + final.droppedMs, droppedMs)
      : this.#setup.cursor.lost.durationMs;
  }

  #handOverLast(attempt: Attempt, stream: AsrStream, lastSeq = Infinity): void {
    if (attempt.finished) return;
    this.#handOver(attempt, stream, lastSeq);
    const next = this.#setup.cursor.peek();
    if (next !== undefined && next.seq <= lastSeq) return; // the stream is full, and tells when it is not
    attempt.finished = true;
    stream.finish(lastSeq === Infinity ? undefined : lastSeq);
  }

  #handOver(attempt: Attempt, stream: AsrStream, lastSeq = Infinity): void {
    const { cursor, clock } = this.#setup;
    const { streaming } = this.#adapter.capabilities;
    for (let next = cursor.peek(); next !== undefined && next.seq <= lastSeq; next = cursor.peek()) {
      if (stream.writable === false) return;
      const chunk = cursor.next();
      if (chunk === undefined) return;
      attempt.droppedMs += (chunk.seq - attempt.nextSeq) * chunk.durationMs;
      attempt.nextSeq = chunk.seq + 1;
      attempt.lastWriteMs = clock.nowMs();
      this.#audioMs += chunk.durationMs;
      stream.write(chunk);
      if (streaming && (this.#spoken || this.#setup.retries === 0)) cursor.release(chunk.seq);
    }
  }

  /** Sends silence while no sound comes, where the service would end the stream otherwise. */
  #keepAwake(attempt: Attempt): void {
    const { silenceAfterMs } = this.#adapter.capabilities;
    const { clock } = this.#setup;
    const { signal } = attempt.life;
    if (silenceAfterMs === undefined || signal.aborted) return;
    const dueMs = Math.max(1, attempt.lastWriteMs + silenceAfterMs - clock.nowMs());
    const cancel = clock.schedule(dueMs, () => {
      signal.removeEventListener("abort", cancel);
      if (attempt.finished) return;
      if (clock.nowMs() - attempt.lastWriteMs >= silenceAfterMs) {
        attempt.lastWriteMs = clock.nowMs();
        this.#guard((_attempt, stream) => {
          if (stream.writable !== false) { for (const chunk of SILENCE) stream.write(chunk); }
        });
      }
      this.#keepAwake(attempt);
    });
    signal.addEventListener("abort", cancel, { once: true });
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const { clock, signal } = this.#setup;
      const done = () => {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = clock.schedule(ms, done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  #late(doWhat: string, ms: number): EarshotError {
    return new EarshotError(
      "asr.timeout",
      `Cannot ${doWhat} ${this.#adapter.name}: it took longer than ${Math.round(ms)} ms`,
    );
  }

  /** Does something with the stream, if there is one; what it throws fails the attempt. */
  #guard(action: (attempt: Attempt, stream: AsrStream) => void): void {
    const attempt = this.#attempt;
    if (this.#ended || attempt?.stream === undefined || attempt.life.signal.aborted) return;
    try {
      action(attempt, attempt.stream);
    } catch (thrown) {
      attempt.failed.reject(EarshotError.from(thrown, "asr.failed"));
    }
  }

  #giveUp(): void {
    const cause = this.#setup.signal.reason;
    this.#fail(new EarshotError("cancelled", "Cannot finish recognition: the turn has ended", { cause }));
  }

  #fail(error: EarshotError): void {
    if (this.#ended) return;
    this.#settle.reject(error);
    this.#close(error);
    this.#attempt?.failed.reject(error);
  }

  // A method, because it may become true while something is awaited, which narrowing cannot see.
  #hasEnded(): boolean {
    return this.#ended;
  }

  #close(error?: EarshotError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelFinal?.();
    this.#release?.();
    this.#setup.signal.removeEventListener("abort", this.#onAbort);
    const attempt = this.#attempt;
    attempt?.life.abort();
    const { onEvent, clock } = this.#setup;
    onEvent({
      type: "ended",
      ...(error !== undefined && { code: error.code }),
      ...(this.#end !== undefined && { finalMs: clock.nowMs() - this.#end.atMs }),
      droppedMs: attempt === undefined ? 0 : this.#droppedMs(attempt.finals, attempt.droppedMs),
    });
  }
}
