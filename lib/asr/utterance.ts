import type { AudioCursor } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import type { AsrAdapter, AsrEvent, AsrStream } from "./contract.ts";
import { joinTexts } from "./join_texts.ts";

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

/** What an {@linkcode Utterance} is made of; `Recognizer.start` puts it together. */
export interface UtteranceSetup {
  /** The time source. */
  readonly clock: Clock;
  /** How long opening the stream may take, in ms. */
  readonly openTimeoutMs: number;
  /** How long the result may take after the end of speech, besides the length of the speech, in ms. */
  readonly finalTimeoutMs: number;
  /** The language of the speaker (BCP 47). */
  readonly language: string;
  /** Where the sound is read from; the caller closes it. */
  readonly cursor: AudioCursor;
  /** Gives the utterance up. */
  readonly signal: AbortSignal;
  /** Told of the words as they change. */
  readonly onPartial?: (text: string) => void;
}

/**
 * One utterance being recognised. Its stream ends with it: by its result, by a deadline, or by the signal;
 * whatever the service says later touches nothing.
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
  readonly #streamLife = new AbortController();
  readonly #onAbort = () => this.#giveUp();
  #stream: AsrStream | undefined;
  #end: { readonly lastSeq?: number } | undefined;
  #ended = false;
  #audioMs = 0;
  #cancelDeadline: (() => void) | undefined;

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
    const stream = this.#stream;
    if (stream === undefined || this.#end !== undefined || this.#ended) return;
    this.#guard(() => this.#handOver(stream));
  }

  /** The speaker may have finished with chunk `throughSeq`; see {@linkcode AsrStream.pause}. Never throws. */
  pause(throughSeq: number): void {
    const stream = this.#stream;
    if (stream === undefined || this.#end !== undefined || this.#ended) return;
    this.#guard(() => {
      this.#handOver(stream);
      stream.pause?.(throughSeq);
    });
  }

  /** The speaker went on after all. Never throws. */
  resume(): void {
    const stream = this.#stream;
    if (this.#end === undefined && !this.#ended) this.#guard(() => stream?.resume?.());
  }

  /** No more sound will come; sound after `lastSeq` is not part of the utterance. The first call counts. */
  finish(lastSeq?: number): void {
    if (this.#end !== undefined || this.#ended) return;
    this.#end = lastSeq === undefined ? {} : { lastSeq };
    if (this.#stream !== undefined) this.#finishStream(this.#stream);
  }

  async #run(): Promise<void> {
    const { openTimeoutMs, language, cursor } = this.#setup;
    try {
      this.#setDeadline(openTimeoutMs, `open ${this.#adapter.name}`);
      const stream = await this.#adapter.open({ language, audio: cursor }, this.#streamLife.signal);
      if (this.#ended) return;
      this.#cancelDeadline?.();
      this.#stream = stream;
      if (this.#end === undefined) this.pump();
      else this.#finishStream(stream);
      await this.#read(stream);
    } catch (thrown) {
      this.#fail(EarshotError.from(thrown, "asr.failed"));
    }
  }

  async #read(stream: AsrStream): Promise<void> {
    const finals: AsrFinal[] = [];
    const textSoFar = (last: string) => joinTexts([...finals.map(({ text }) => text), last]);
    for await (const event of stream) {
      if (this.#ended) return;
      if (event.type === "partial") this.#setup.onPartial?.(textSoFar(event.text));
      else if (event.type === "final") finals.push(event);
      else if (event.type === "ended") {
        this.#settle.resolve(this.#toResult(finals));
        return this.#close();
      }
    }
    throw new EarshotError(
      "asr.failed",
      `Cannot recognise with ${this.#adapter.name}: it fell silent before the end`,
    );
  }

  #toResult(finals: readonly AsrFinal[]): AsrResult {
    const language = finals.findLast((final) => final.language !== undefined)?.language;
    const emotion = finals.findLast((final) => final.emotion !== undefined)?.emotion;
    // What a recogniser that retains sound could not read any more, the cursor has counted already.
    const unheard = this.#adapter.capabilities.streaming ? finals : [];
    return {
      text: joinTexts(finals.map(({ text }) => text)),
      ...(language !== undefined && { language }),
      ...(emotion !== undefined && { emotion }),
      droppedMs: unheard.reduce((sum, { droppedMs }) => sum + droppedMs, this.#setup.cursor.lost.durationMs),
    };
  }

  #finishStream(stream: AsrStream): void {
    const lastSeq = this.#end?.lastSeq;
    this.#guard(() => {
      this.#handOver(stream, lastSeq);
      this.#setDeadline(this.#setup.finalTimeoutMs + this.#audioMs, `recognise with ${this.#adapter.name}`);
      stream.finish(lastSeq);
    });
  }

  #handOver(stream: AsrStream, lastSeq = Infinity): void {
    const { cursor } = this.#setup;
    for (let next = cursor.peek(); next !== undefined && next.seq <= lastSeq; next = cursor.peek()) {
      const chunk = cursor.next();
      if (chunk === undefined) return;
      this.#audioMs += chunk.durationMs;
      stream.write(chunk);
      if (this.#adapter.capabilities.streaming) cursor.release(chunk.seq);
    }
  }

  #setDeadline(ms: number, what: string): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = this.#setup.clock.schedule(ms, () => {
      this.#fail(new EarshotError("asr.timeout", `Cannot ${what}: it took longer than ${Math.round(ms)} ms`));
    });
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      this.#fail(EarshotError.from(thrown, "asr.failed"));
    }
  }

  #giveUp(): void {
    const cause = this.#setup.signal.reason;
    this.#fail(new EarshotError("cancelled", "Cannot finish recognition: the turn has ended", { cause }));
  }

  #fail(error: EarshotError): void {
    this.#settle.reject(error);
    this.#close();
  }

  #close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelDeadline?.();
    this.#setup.signal.removeEventListener("abort", this.#onAbort);
    this.#streamLife.abort();
  }
}
