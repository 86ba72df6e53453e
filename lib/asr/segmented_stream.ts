import type { AudioChunk } from "../audio/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ, type EngineSound, samplesOf } from "../engine/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { AsrEvent, AsrStream, RetainedAudio } from "./contract.ts";
import { engineSoundOf, samplesOfChunk } from "./engine_sound.ts";
import { Segmenter } from "./segmenter.ts";
import type { SentenceFacts } from "./wire_stream.ts";

/** Options of a {@linkcode SegmentedStream}. */
export interface SegmentedStreamOptions {
  /** The session's buffer, where the sound waits; the stream lets go of what it has taken. */
  readonly audio: RetainedAudio;
  /** Recognizes one segment; `ahead` of its end being known it may refuse at no cost. */
  readonly recognize: (
    sound: EngineSound,
    options: { readonly ahead: boolean },
  ) => Promise<SentenceFacts>;
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** Where to cut. */
  readonly segmenter?: Segmenter;
}

/** A chunk of the current segment: where its sound lies, in samples from the start of the utterance. */
interface Piece {
  readonly seq: number;
  readonly start: number;
  readonly end: number;
}

interface Segment {
  readonly sound: EngineSound;
  readonly droppedMs: number;
  /** What was found ahead, if it holds. */
  readonly ahead?: Promise<SentenceFacts | undefined>;
}

/** A pause by which a segment may have ended. */
interface Pause {
  /** The words ahead of its end; `undefined` when the recognizer had no time, or failed, or was not asked. */
  readonly facts: Promise<SentenceFacts | undefined> | undefined;
  /** The sample where the segment begins. */
  readonly start: number;
  /** The sample after the last one that was asked about. */
  readonly end: number;
}

/** How much sound is recognized ahead at most, as a multiple of the segment's length: a speaker may pause often. */
const MAX_AHEAD_SHARE = 2;

/**
 * An {@linkcode AsrStream} over a recognizer of whole segments. A segment is recognized as soon as it is cut,
 * while the user goes on speaking, and gives one `final`. When the speaker pauses, what is there is recognized
 * ahead, told as `ahead`, and holds if it was the end: then the words are known when the end is. The sound itself waits
 * in the session's buffer, under its bounds: what was evicted before its turn came is missing and counted.
 */
export class SegmentedStream implements AsrStream {
  readonly #options: SegmentedStreamOptions;
  readonly #segmenter: Segmenter;
  #pieces: Piece[] = [];
  #cuts: number[] = [];
  /** The sample where the current segment begins. */
  #start = 0;
  /** The sample after the last one that was read. */
  #end = 0;
  #nextSeq: number | undefined;
  #writtenSeq = -1;
  #lastSeq: number | undefined;
  /** Sound that was evicted before it was read. */
  #missedMs = 0;
  #pause: Pause | undefined;
  /** What was found in that pause, until it is told. */
  #ahead: AsrEvent | undefined;
  /** Samples of the current segment that were recognized ahead, all tries together. */
  #aheadSamples = 0;
  #wake = Promise.withResolvers<void>();

  /** Starts with nothing to do; iterating does the work. */
  constructor(options: SegmentedStreamOptions) {
    this.#options = options;
    this.#segmenter = options.segmenter ?? new Segmenter();
    options.signal.addEventListener("abort", () => this.#wake.resolve(), { once: true });
  }

  /** Takes note of a chunk; its sound is read from the buffer when it is needed. */
  write({ seq }: AudioChunk): void {
    if (this.#lastSeq !== undefined) return;
    this.#nextSeq ??= seq;
    this.#writtenSeq = seq;
    this.#wake.resolve();
  }

  /** The segment that is under way becomes the last one. */
  finish(lastSeq = Infinity): void {
    this.#lastSeq ??= lastSeq;
    this.#ahead = undefined;
    this.#wake.resolve();
  }

  /** Recognizes ahead what was written up to chunk `throughSeq`. */
  pause(throughSeq: number): void {
    if (this.#lastSeq !== undefined || this.#cuts.length > 0) return;
    this.#readAhead();
    if (this.#cuts.length > 0) {
      this.#wake.resolve();
      return;
    }
    const end = this.#pieces.findLast(({ seq }) => seq <= throughSeq)?.end ?? this.#start;
    const samples = end - this.#start;
    if (samples === 0) return;
    const asked = this.#aheadSamples + samples <= MAX_AHEAD_SHARE * samples;
    if (asked) this.#aheadSamples += samples;
    const facts = asked
      ? this.#options.recognize(this.#sound(end).sound, { ahead: true })
        .catch(() => undefined) // refused or failed: it is recognized when it has ended
      : undefined;
    const pause = this.#pause = { facts, start: this.#start, end };
    this.#ahead = undefined;
    void facts?.then((found) => this.#found(pause, found));
  }

  /** What was found ahead is void. */
  resume(): void {
    this.#pause = undefined;
    this.#ahead = undefined;
  }

  /** The events, in order. Only one iteration may run. */
  async *[Symbol.asyncIterator](): AsyncGenerator<AsrEvent, void> {
    yield { type: "started" };
    for (;;) {
      const segment = await this.#nextSegment();
      if (segment === undefined) break;
      if ("type" in segment) {
        yield segment;
        continue;
      }
      const { sound, droppedMs, ahead } = segment;
      const facts = await ahead ??
        (samplesOf(sound) === 0 ? { text: "" } : await this.#options.recognize(sound, { ahead: false }));
      yield { ...facts, type: "final", droppedMs };
    }
    yield { type: "ended" };
  }

  /** The words of a pause; nobody is told of those of a former one, or once the segment has ended. */
  #found(pause: Pause, facts: SentenceFacts | undefined): void {
    if (facts === undefined || pause !== this.#pause || this.#lastSeq !== undefined) return;
    if (pause.start !== this.#start) return;
    const { text, language } = facts;
    this.#ahead = { type: "ahead", text, ...(language !== undefined && { language }) };
    this.#wake.resolve();
  }

  /** The next segment, once it has ended, or what was found ahead in this one. */
  async #nextSegment(): Promise<Segment | AsrEvent | undefined> {
    for (;;) {
      const { signal } = this.#options;
      if (signal.aborted) {
        throw new EarshotError("canceled", "Cannot recognize: the stream was ended", {
          cause: signal.reason,
        });
      }
      this.#readAhead();
      const cut = this.#cuts.shift();
      if (cut !== undefined) return this.#take(cut);
      const ahead = this.#ahead;
      this.#ahead = undefined;
      if (ahead !== undefined) return ahead;
      if (this.#lastSeq !== undefined) return this.#end > this.#start ? this.#takeLast() : undefined;
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }

  /** Reads what was written, up to the next cut. */
  #readAhead(): void {
    const throughSeq = Math.min(this.#writtenSeq, this.#lastSeq ?? Infinity);
    if (this.#nextSeq === undefined || this.#nextSeq > throughSeq || this.#cuts.length > 0) return;
    for (const chunk of this.#options.audio.range(this.#nextSeq, throughSeq)) {
      this.#missedMs += (chunk.seq - this.#nextSeq) * chunk.durationMs;
      this.#nextSeq = chunk.seq + 1;
      const end = this.#end + samplesOfChunk(chunk);
      this.#pieces.push({ seq: chunk.seq, start: this.#end, end });
      this.#end = end;
      this.#cuts.push(...this.#segmenter.pushChunk(chunk));
      if (this.#cuts.length > 0) return;
    }
  }

  /**
   * The rest is the last segment. Where it ends in a pause, that is where it was asked about ahead, so that its words do
   * not depend on whether there was time for that.
   */
  #takeLast(): Segment {
    const pause = this.#pause?.start === this.#start ? this.#pause : undefined;
    if (pause === undefined) return this.#take(this.#end);
    const segment = this.#take(pause.end);
    this.#take(this.#end);
    return { ...segment, ...(pause.facts !== undefined && { ahead: pause.facts }) };
  }

  /** Takes the sound up to `end` out of the buffer. */
  #take(end: number): Segment {
    const segment = this.#sound(end);
    this.#missedMs = 0;
    this.#aheadSamples = 0;
    this.#ahead = undefined;
    this.#start = end;
    this.#pieces = this.#pieces.filter((piece) => piece.end > end);
    this.#options.audio.release((this.#pieces[0]?.seq ?? this.#nextSeq ?? 0) - 1);
    return segment;
  }

  /** The sound of the current segment up to `end`, as far as it is still held. */
  #sound(end: number): Segment {
    const { audio } = this.#options;
    const lastSeq = this.#lastSeq ?? Infinity;
    const pieces = this.#pieces.filter((piece) => piece.start < end && piece.seq <= lastSeq);
    const held = new Map(
      audio.range(pieces[0]?.seq ?? 0, pieces.at(-1)?.seq ?? -1).map((chunk) => [chunk.seq, chunk]),
    );
    const chunks: AudioChunk[] = [];
    let droppedMs = this.#missedMs;
    let [skipSamples, samples] = [0, 0];
    for (const piece of pieces) {
      const from = Math.max(piece.start, this.#start);
      const to = Math.min(piece.end, end);
      const chunk = held.get(piece.seq);
      if (chunk === undefined) {
        droppedMs += (to - from) * 1_000 / ENGINE_SAMPLE_RATE_HZ;
        continue;
      }
      if (chunks.length === 0) skipSamples = from - piece.start;
      chunks.push(chunk);
      samples += to - from;
    }
    return { sound: engineSoundOf(audio.source ?? audio, chunks, { skipSamples, samples }), droppedMs };
  }
}
