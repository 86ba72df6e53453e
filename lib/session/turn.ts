import type { Agent } from "../agents/mod.ts";
import type { AsrResult, SentenceEnd } from "../asr/mod.ts";
import type { AudioBuffer, AudioCursor } from "../audio/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { Identification } from "../voiceprint/mod.ts";
import { SpeakerQuery, type SpeakerSource } from "./speaker_query.ts";
import { TurnSpeech } from "./turn_speech.ts";

/** How the device asked to be listened to. */
export type ListenMode = "auto" | "manual" | "realtime";

/** Options of a {@linkcode Turn}. */
export interface TurnOptions {
  /** Counts up within the session. */
  readonly id: number;
  /** The mode in which it began. */
  readonly mode: ListenMode;
  /** The turn's own scope; closing it cancels the turn. */
  readonly scope: Scope;
  /** The session's sound. */
  readonly buffer: AudioBuffer;
  /** What recognizes it, and how. */
  readonly agent: Agent;
  /** Says who speaks; nobody is asked without one. */
  readonly voiceprint?: SpeakerSource | undefined;
  /** The time source. */
  readonly clock: Clock;
}

/** How an utterance begins, and what ends it besides the session itself. */
export interface TurnBeginning {
  /** The last chunk that was judged: no further one is recognized before it was. */
  readonly throughSeq: number;
  /** How long it may take, in ms, however its sound comes. */
  readonly limitMs: number;
  /** It has taken that long. */
  readonly onLimit: () => void;
  /** The recognizer says that it has ended; with this it is asked to. */
  readonly onEndpoint?: (() => void) | undefined;
}

/** Where a turn stands: nobody has spoken yet, somebody speaks, the words are being found. */
export type TurnPhase = "waiting" | "hearing" | "recognizing";

/** One utterance and, later, its answer. Everything it holds belongs to its scope. */
export class Turn {
  /** Counts up within the session; late work of an older turn is known by it. */
  readonly id: number;
  /** The mode in which it began. */
  readonly mode: ListenMode;
  readonly #options: TurnOptions;
  #phase: TurnPhase = "waiting";
  #cursor: AudioCursor | undefined;
  #speech: TurnSpeech | undefined;
  #speaker: SpeakerQuery | undefined;
  #audioMs = 0;
  #lostMs = 0;
  /** The chunk that was judged when something was lost the last time. */
  #lostSeq = -1;
  /** The first chunk that was not judged yet. */
  #nextSeq = 0;
  #beganMs = 0;
  #endKnownMs = 0;

  /** Creates a turn that waits for speech. */
  constructor(options: TurnOptions) {
    this.#options = options;
    this.id = options.id;
    this.mode = options.mode;
  }

  /** Where it stands. */
  get phase(): TurnPhase {
    return this.#phase;
  }

  /** Which recognizer it has, and how that is given its sound. */
  get agent(): Agent {
    return this.#options.agent;
  }

  /** Whether it is for the recognizer to say when the utterance has ended; with a button, the device does. */
  get endsByService(): boolean {
    return this.agent.pipeline.endpointing === "service" && this.mode !== "manual";
  }

  /** Whether it was given up. */
  get canceled(): boolean {
    return this.#options.scope.signal.aborted;
  }

  /** Whether the recognizer has heard a word of it. */
  get spoken(): boolean {
    return this.#speech?.spoken ?? false;
  }

  /** Where the sentence ends by which the service ended it, if it was one. */
  get sentenceEnd(): SentenceEnd | undefined {
    return this.#speech?.sentenceEnd;
  }

  /** How much sound it has, in ms. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** When recognition began, on the session's clock. */
  get beganMs(): number {
    return this.#beganMs;
  }

  /** When the end of speech became known, on the session's clock. */
  get endKnownMs(): number {
    return this.#endKnownMs;
  }

  /** Keeps the sound from chunk `fromSeq` on, although nobody may have spoken yet. */
  keep(fromSeq: number): void {
    if (this.#cursor !== undefined || this.canceled) return;
    const { scope, buffer, voiceprint: source } = this.#options;
    const cursor = buffer.cursor(`turn ${this.id}`);
    scope.own("audio cursor", () => cursor.close());
    cursor.skipTo(fromSeq);
    this.#cursor = cursor;
    if (source === undefined) return;
    this.#speaker = new SpeakerQuery({ source, buffer, scope });
    this.#speaker.skipTo(fromSeq);
  }

  /** Speech has begun with chunk `fromSeq`: recognize from there. */
  begin(fromSeq: number, options: TurnBeginning): void {
    if (this.#phase !== "waiting" || this.canceled) return;
    this.keep(fromSeq);
    const cursor = this.#cursor;
    if (cursor === undefined) return;
    const { scope, agent: { recognizer, language }, clock } = this.#options;
    this.#phase = "hearing";
    this.#beganMs = clock.nowMs();
    cursor.skipTo(fromSeq);
    this.#speaker?.skipTo(fromSeq);
    const { throughSeq, onEndpoint, limitMs, onLimit } = options;
    this.#nextSeq = fromSeq;
    // What was lost long before somebody spoke is none of their words.
    if (this.#lostSeq < fromSeq) this.#lostMs = 0;
    this.#admit(cursor, throughSeq);
    scope.own("utterance limit", clock.schedule(limitMs, onLimit));
    this.#speech = new TurnSpeech({ recognizer, language, cursor, signal: scope.signal, onEndpoint });
  }

  /** All up to chunk `throughSeq` was judged, and is its own, but for `lostMs` that were lost before. */
  heard(throughSeq: number, lostMs: number): void {
    if (lostMs > 0) {
      this.#lostMs += lostMs;
      this.#lostSeq = throughSeq;
    }
    if (this.#phase !== "hearing" || this.#cursor === undefined) return;
    this.#admit(this.#cursor, throughSeq);
    this.#speech?.heard(throughSeq);
  }

  /** So much of its sound was lost before it could be judged. */
  lost(durationMs: number): void {
    this.#lostMs += durationMs;
  }

  /** Speech may have ended with chunk `throughSeq`: recognition may begin ahead. */
  pause(throughSeq: number): void {
    if (this.#phase === "hearing") this.#speech?.pause(throughSeq);
  }

  /** It had not: what was recognized ahead is void. */
  resume(): void {
    if (this.#phase === "hearing") this.#speech?.resume();
  }

  /** The end of speech is known: all up to chunk `lastSeq` belongs to it, and nothing after. */
  finish(lastSeq: number): void {
    if (this.#endKnown(lastSeq)) this.#speech?.finish(lastSeq);
  }

  /**
   * The same, where `restMs` that came after chunk `lastSeq` are the next turn's, although the recognizer has heard
   * them: what it has said so far is all.
   */
  conclude(lastSeq: number, { restMs }: { readonly restMs: number }): void {
    if (!this.#endKnown(lastSeq)) return;
    this.#audioMs -= restMs;
    this.#speech?.conclude(lastSeq);
  }

  #admit(cursor: AudioCursor, throughSeq: number): void {
    for (const { durationMs } of cursor.range(this.#nextSeq, throughSeq)) this.#audioMs += durationMs;
    this.#nextSeq = Math.max(this.#nextSeq, throughSeq + 1);
    cursor.limitTo(throughSeq);
  }

  #endKnown(lastSeq: number): boolean {
    if (this.#phase !== "hearing" || this.#cursor === undefined) return false;
    this.#admit(this.#cursor, lastSeq);
    this.#phase = "recognizing";
    this.#endKnownMs = this.#options.clock.nowMs();
    this.#speaker?.ask(lastSeq);
    return true;
  }

  /** The words, once they are known. */
  async result(): Promise<AsrResult> {
    const result = await this.#speech?.result() ?? { text: "", droppedMs: 0 };
    return { ...result, droppedMs: result.droppedMs + this.#lostMs };
  }

  /** Who spoke, once it is known or has taken too long; `undefined` where nobody is asked. Never rejects. */
  speaker(): Promise<Identification | undefined> {
    return this.#speaker?.answer ?? Promise.resolve(undefined);
  }

  /** Ends the turn and frees what it holds; before its result is known, that cancels it. */
  async close(): Promise<void> {
    await this.#options.scope.close();
  }
}
