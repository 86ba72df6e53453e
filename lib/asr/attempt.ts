import type { AudioCursor } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { type Clock, scheduleFairly } from "../lifecycle/mod.ts";
import { serviceError } from "../service/mod.ts";
import type { AsrEvent, AsrStream } from "./contract.ts";
import type { AsrRunner } from "./runner.ts";
import type { ReadText } from "./heard_text.ts";
import { joinTexts } from "../engine/mod.ts";
import { SILENCE } from "./silence.ts";

/** How much sound is kept at most for a further attempt, in ms: services say their first word long before. */
const KEPT_MS = 5_000;

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

/** What was said in an utterance if its speaker has finished, while that is not sure. */
export interface AsrAhead {
  /** The words; never `""`. */
  readonly text: string;
  /** The language that was heard, where the service tells. */
  readonly language?: string;
}

/** Where the last sentence ends that was recognized. */
export interface SentenceEnd {
  /** The first chunk that the service was not given. */
  readonly nextSeq: number;
  /** How much of the sound that it was given came after the sentence, in ms; absent where it tells no times. */
  readonly restMs?: number;
}

/** What an {@linkcode Attempt} is made of. */
export interface AttemptOptions {
  /** Reads each text before anybody is told of it. */
  readonly readText: ReadText | Promise<ReadText>;
  /** The language of the speaker (BCP 47). */
  readonly language: string;
  /** Whether the service is to say when the utterance has ended. */
  readonly endpointing: boolean;
  /** Where the sound is read from. */
  readonly cursor: AudioCursor;
  /** The utterance's first chunk; what is gone of it counts as dropped. */
  readonly fromSeq: number;
  /** Whether the sound is kept until something was heard, for a further attempt. */
  readonly keepsSound: boolean;
  /** Told that the stream takes sound, and how long opening it took. */
  readonly onStarted: (openMs: number) => void;
  /** Told of the words as they change, all of the utterance's so far. */
  readonly onPartial: (text: string) => void;
  /** Told of each complete sentence. */
  readonly onSentence: (text: string) => void;
  /** Told, while the speaker may have finished, of what was said then, and again when that changes. */
  readonly onAhead: (ahead: AsrAhead) => void;
}

/**
 * One try at an utterance: a stream, the sound that it was given, and what it said. It ends with `run`, or when it
 * is given up; what the service says later touches nothing.
 */
export class Attempt {
  readonly #runner: AsrRunner;
  readonly #options: AttemptOptions;
  // What each chunk needs is at hand: with many devices, every step on the way to it is a wait for memory.
  readonly #cursor: AudioCursor;
  readonly #streaming: boolean;
  /** Whether what is handed over must be decoded: only here, so that nothing is that nobody recognizes. */
  readonly #decodes: boolean;
  /** Counts how long ago sound was written, where the service is kept awake. */
  readonly #clock: Clock | undefined;
  readonly #life = new AbortController();
  readonly #outcome = Promise.withResolvers<AsrResult>();
  readonly #finals: AsrFinal[] = [];
  /** The words after the last final: of a service that hears while somebody speaks, and of a pause. */
  #partial = "";
  #stream: AsrStream | undefined;
  #readText: ReadText = (text) => text;
  #spoken = false;
  #audioMs = 0;
  /** Silence that was sent to keep the service awake, in ms. */
  #silenceMs = 0;
  /** Whether nothing that is said from now on counts. */
  #concluded = false;
  /** The chunk with which the speaker may have finished, unless they went on. */
  #pausedSeq: number | undefined;
  /** Where the sound ends, once that is known. */
  #lastSeq: number | undefined;
  #finished = false;
  /** Sound that was gone before it could be written, in ms. */
  #droppedMs = 0;
  /** The chunk that comes next if none is missing. */
  #nextSeq: number;
  #lastWriteMs: number;

  /** Does nothing before `run`. */
  constructor(runner: AsrRunner, options: AttemptOptions) {
    this.#runner = runner;
    this.#options = options;
    this.#cursor = options.cursor;
    const { streaming, silenceAfterMs, encodings } = runner.provider.capabilities;
    this.#streaming = streaming;
    this.#decodes = encodings[0] === "pcm16";
    this.#clock = silenceAfterMs === undefined ? undefined : runner.clock;
    this.#nextSeq = options.fromSeq;
    this.#lastWriteMs = runner.clock.nowMs();
    this.#outcome.promise.catch(() => {});
  }

  /** Whether the recognizer has said anything. */
  get spoken(): boolean {
    return this.#spoken;
  }

  /** What was said so far, in complete sentences; `undefined` without any. */
  get said(): AsrResult | undefined {
    return this.#finals.length === 0 ? undefined : this.#result();
  }

  /** Where its last sentence ends; `undefined` without any. */
  get sentenceEnd(): SentenceEnd | undefined {
    const last = this.#finals.at(-1);
    if (last === undefined) return undefined;
    const endMs = last.endMs ?? last.words?.at(-1)?.endMs;
    const heardMs = this.#audioMs + this.#silenceMs;
    return { nextSeq: this.#nextSeq, ...(endMs !== undefined && { restMs: Math.max(0, heardMs - endMs) }) };
  }

  /** How much sound it was given, in ms. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** Sound that was dropped before it was heard, in ms. */
  get droppedMs(): number {
    // What a recognizer that retains sound could not read any more, the cursor has counted already.
    if (!this.#streaming) return this.#cursor.lost.durationMs;
    return this.#finals.reduce((sum, final) => sum + final.droppedMs, this.#droppedMs);
  }

  /** Opens the stream and reads it to its end. Rejects with an `EarshotError`; called once. */
  run(): Promise<AsrResult> {
    void this.#converse();
    return this.#outcome.promise;
  }

  /** Gives it up. May be called twice. */
  giveUp(error: EarshotError): void {
    this.#outcome.reject(error);
    this.#life.abort();
  }

  /** Hands over the chunks that the cursor has. Never throws. */
  pump(): void {
    this.#guard(this.#pumpInto);
  }

  readonly #pumpInto = (stream: AsrStream) => {
    this.#handOver(stream);
    if (this.#lastSeq === undefined || this.#finished) return;
    const next = this.#cursor.peek();
    if (next !== undefined && next.seq <= this.#lastSeq) return; // the stream is full, and tells when it is not
    this.#finished = true;
    stream.finish(this.#lastSeq === Infinity ? undefined : this.#lastSeq);
  };

  /** The speaker may have finished with chunk `throughSeq`. Never throws. */
  pause(throughSeq: number): void {
    this.#pausedSeq = throughSeq;
    this.#guard(this.#pauseStream);
    if (this.#streaming) this.#tellAhead();
  }

  /** The speaker went on after all. Never throws. */
  resume(): void {
    this.#pausedSeq = undefined;
    this.#guard((stream) => stream.resume?.());
  }

  readonly #pauseStream = (stream: AsrStream) => {
    if (this.#pausedSeq === undefined) return;
    this.#handOver(stream);
    stream.pause?.(this.#pausedSeq);
  };

  /** No more sound will come than up to chunk `lastSeq`; the first call counts. Never throws. */
  finish(lastSeq = Infinity): void {
    this.#lastSeq ??= lastSeq;
    this.pump();
  }

  /** What was said so far is all: the sound after chunk `lastSeq` is recognized by somebody else. Never throws. */
  conclude(lastSeq: number): void {
    this.#concluded = true;
    this.finish(lastSeq);
  }

  async #converse(): Promise<void> {
    try {
      const stream = await this.#open();
      const { readText } = this.#options;
      this.#readText = readText instanceof Promise ? await readText : readText;
      for await (const event of stream) {
        this.#life.signal.throwIfAborted();
        if (event.type !== "ended") {
          this.#take(event);
          continue;
        }
        this.#outcome.resolve(this.#result());
        this.#life.abort();
        return;
      }
      throw serviceError(this.#runner.service, "failed", { detail: "its events ended before the last one" });
    } catch (thrown) {
      this.giveUp(EarshotError.from(thrown, "asr.failed"));
    }
  }

  async #open(): Promise<AsrStream> {
    const { clock, openTimeoutMs, provider, service } = this.#runner;
    const { language, endpointing, onStarted } = this.#options;
    const { signal } = this.#life;
    const beganMs = clock.nowMs();
    const cancelDeadline = scheduleFairly(clock, openTimeoutMs, () => {
      this.giveUp(
        serviceError(service, "timeout", { detail: `it was not ready within ${openTimeoutMs} ms` }),
      );
    });
    signal.addEventListener("abort", cancelDeadline, { once: true });
    const stream = await provider.open(
      { language, endpointing, audio: this.#cursor, onWritable: () => this.pump() },
      signal,
    );
    signal.throwIfAborted();
    cancelDeadline();
    signal.removeEventListener("abort", cancelDeadline);
    onStarted(clock.nowMs() - beganMs);
    this.#stream = stream;
    this.#lastWriteMs = clock.nowMs();
    this.#guard(this.#pauseStream); // it came while the stream was being opened
    this.pump();
    this.#keepAwake();
    return stream;
  }

  #take(event: Exclude<AsrEvent, { type: "ended" }>): void {
    if (event.type === "started" || this.#concluded) return;
    const language = event.type === "partial" ? undefined : event.language;
    const text = this.#readText(event.text, { language });
    if (event.type === "ahead") {
      if (text !== "") this.#tellAhead({ ...event, text });
      return;
    }
    // A noise that was written down is nothing that was said; what was lost beside it still counts.
    const isNoise = text === "" && event.text !== "";
    if (event.type === "final") this.#finals.push({ ...event, text });
    if (isNoise) return;
    this.#spoken = true;
    this.#partial = event.type === "partial" ? text : "";
    if (event.type === "partial") this.#options.onPartial(this.#textWith(text));
    else this.#options.onSentence(text);
    if (this.#streaming) this.#tellAhead();
  }

  /** Where the speaker may have finished: with the words so far, or those that were found in the pause. */
  #tellAhead({ text, language }: AsrAhead = { text: this.#partial }): void {
    if (this.#pausedSeq === undefined || this.#lastSeq !== undefined) return;
    const heard = language ?? this.#language;
    const said = this.#textWith(text);
    if (said !== "") this.#options.onAhead({ text: said, ...(heard !== undefined && { language: heard }) });
  }

  /** The language of the last sentence that tells one. */
  get #language(): string | undefined {
    return this.#finals.findLast((final) => final.language !== undefined)?.language;
  }

  #textWith(last: string): string {
    return joinTexts([...this.#finals.map(({ text }) => text), last]);
  }

  #result(): AsrResult {
    const language = this.#language;
    const emotion = this.#finals.findLast((final) => final.emotion !== undefined)?.emotion;
    return {
      text: this.#textWith(""),
      ...(language !== undefined && { language }),
      ...(emotion !== undefined && { emotion }),
      droppedMs: this.droppedMs,
    };
  }

  #handOver(stream: AsrStream): void {
    while (stream.writable !== false) {
      const chunk = this.#cursor.next(this.#lastSeq);
      if (chunk === undefined) return;
      if (chunk.seq !== this.#nextSeq) this.#droppedMs += (chunk.seq - this.#nextSeq) * chunk.durationMs;
      this.#nextSeq = chunk.seq + 1;
      if (this.#clock !== undefined) this.#lastWriteMs = this.#clock.nowMs();
      this.#audioMs += chunk.durationMs;
      if (this.#decodes) this.#cursor.decode(chunk);
      stream.write(chunk);
      if (!this.#streaming) continue;
      const keepsSound = !this.#spoken && this.#options.keepsSound;
      this.#cursor.release(chunk.seq - (keepsSound ? Math.ceil(KEPT_MS / chunk.durationMs) : 0));
    }
  }

  /** Sends silence while no sound comes, where the service would end the stream otherwise. */
  #keepAwake(): void {
    const { clock, provider: { capabilities: { silenceAfterMs } } } = this.#runner;
    const { signal } = this.#life;
    if (silenceAfterMs === undefined || signal.aborted) return;
    const dueMs = Math.max(1, this.#lastWriteMs + silenceAfterMs - clock.nowMs());
    const cancel = clock.schedule(dueMs, () => {
      signal.removeEventListener("abort", cancel);
      if (this.#finished) return;
      if (clock.nowMs() - this.#lastWriteMs >= silenceAfterMs) {
        this.#lastWriteMs = clock.nowMs();
        this.#guard((stream) => {
          if (stream.writable === false) return;
          for (const chunk of SILENCE) {
            stream.write(chunk);
            this.#silenceMs += chunk.durationMs;
          }
        });
      }
      this.#keepAwake();
    });
    signal.addEventListener("abort", cancel, { once: true });
  }

  /** Does something with the stream, if there is one; what it throws fails the attempt. */
  #guard(action: (stream: AsrStream) => void): void {
    if (this.#stream === undefined || this.#life.signal.aborted) return;
    try {
      action(this.#stream);
    } catch (thrown) {
      this.giveUp(EarshotError.from(thrown, "asr.failed"));
    }
  }
}
