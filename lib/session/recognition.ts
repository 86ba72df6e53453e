import type { Agent } from "../agents/mod.ts";
import { type AsrAhead, type AsrResult, joinTexts, type SentenceEnd, type Utterance } from "../asr/mod.ts";
import type { AudioBuffer, AudioCursor } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { Identification } from "../voiceprint/mod.ts";
import { HeardSound } from "./answering/heard_sound.ts";
import { SpeakerQuery, type SpeakerSource } from "./speaker_query.ts";

/** How many utterances a turn may have: a service may end each at once, and would be asked with every packet. */
const MAX_UTTERANCES = 8;

/** Options of a {@linkcode Recognition}. */
export interface RecognitionOptions {
  /** The turn's scope; closing it gives the recognition up. */
  readonly scope: Scope;
  /** The session's sound. */
  readonly buffer: AudioBuffer;
  readonly agent: Agent;
  /** Says who speaks; nobody is asked without one. */
  readonly voiceprint?: SpeakerSource | undefined;
  readonly clock: Clock;
  /** Whether it is kept what the turn sounds like, as it may be what a device plays, or what another one hears as well. */
  readonly keepsSound: boolean;
}

/** How an utterance begins, and what ends it besides the session itself. */
export interface RecognitionBeginning {
  /** The last chunk that was judged: no further one is recognized before it was. */
  readonly throughSeq: number;
  /** How long it may take, in ms, however its sound comes. */
  readonly limitMs: number;
  /** It has taken that long. */
  readonly onLimit: () => void;
  /** The recognizer says that it has ended; with this it is asked to. */
  readonly onEndpoint?: (() => void) | undefined;
  /** Told of the words so far; must not throw. */
  readonly onPartial?: ((text: string) => void) | undefined;
  /** Told of the words if the speaker has finished, and with `undefined` when they go on; must not throw. */
  readonly onAhead?: ((ahead: AsrAhead | undefined) => void) | undefined;
}

/** What was said in a turn, and whose voice it was. */
export interface TurnWords extends AsrResult {
  /** Whose voice it is; absent where nobody asked. */
  readonly speaker?: Identification;
}

/**
 * The words of a turn, found in the part of the session's sound that is its own. Mostly that is one utterance. A service
 * may end it by itself, as after a long pause; what is said afterward is another one, and so is what its socket had not
 * taken by then. What nobody is asked about any more is counted.
 */
export class Recognition {
  readonly #options: RecognitionOptions;
  #phase: "waiting" | "hearing" | "recognizing" = "waiting";
  #cursor: AudioCursor | undefined;
  #speaker: SpeakerQuery | undefined;
  #knownSpeaker: Identification | undefined;
  /** What it sounds like so far. */
  readonly sound: HeardSound = new HeardSound();
  #utterances: readonly Utterance[] = [];
  #open: Utterance | undefined;
  #onEndpoint: (() => void) | undefined;
  #onPartial: RecognitionBeginning["onPartial"];
  #onAhead: RecognitionBeginning["onAhead"];
  /** What the utterances said that have ended. */
  #ended: readonly AsrResult[] = [];
  /** The last chunk of the turn, once that is known. */
  #lastSeq: number | undefined;
  /** The first chunk that was not judged yet. */
  #nextSeq = 0;
  #audioMs = 0;
  /** Sound that was lost before it was recognized, in ms. */
  #lostMs = 0;
  /** The chunk that was judged when something was lost the last time. */
  #lostSeq = -1;
  #beganMs = 0;
  #endKnownMs: number | undefined;
  /** When the last chunk came that belongs to it. */
  #cameMs: number | undefined;

  /** Waits for speech. */
  constructor(options: RecognitionOptions) {
    this.#options = options;
  }

  /** Where it stands: nobody has spoken yet, somebody speaks, the words are being found. */
  get phase(): "waiting" | "hearing" | "recognizing" {
    return this.#phase;
  }

  /** Whether the recognizer has heard a word. */
  get spoken(): boolean {
    return this.#utterances.some(({ spoken }) => spoken);
  }

  /** Where the sentence ends by which the service ended the utterance, if it was one. */
  get sentenceEnd(): SentenceEnd | undefined {
    return this.#open?.sentenceEnd;
  }

  /** How much sound it has, in ms. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** Whose voice it is, once that is known; `undefined` where nobody was asked. Never rejects. */
  get speaker(): Promise<Identification | undefined> {
    return this.#speaker?.answer ?? Promise.resolve(undefined);
  }

  /** Whose voice it is, if that is known already. */
  get knownSpeaker(): Identification | undefined {
    return this.#knownSpeaker;
  }

  /** When it began, on the session's clock. */
  get beganMs(): number {
    return this.#beganMs;
  }

  /** When the end of speech became known, on the session's clock. */
  get endKnownMs(): number | undefined {
    return this.#endKnownMs;
  }

  /**
   * When the packet came by which the end of speech is known, or the word that a button was released, on the session's
   * clock: from then on somebody waits, however long it takes to find that out.
   */
  get endCameMs(): number | undefined {
    return this.#endKnownMs === undefined ? undefined : this.#cameMs ?? this.#endKnownMs;
  }

  /** Keeps the sound from chunk `fromSeq` on, although nobody may have spoken yet. */
  keep(fromSeq: number): AudioCursor {
    if (this.#cursor !== undefined) return this.#cursor;
    const { scope, buffer, voiceprint: source } = this.#options;
    const cursor = this.#cursor = buffer.cursor(scope.name);
    scope.own("audio cursor", () => cursor.close());
    cursor.skipTo(fromSeq);
    if (source !== undefined) {
      this.#speaker = new SpeakerQuery({ source, buffer, scope });
      this.#speaker.skipTo(fromSeq);
    }
    return cursor;
  }

  /** Speech has begun with chunk `fromSeq`: recognize from there. */
  begin(
    fromSeq: number,
    { throughSeq, limitMs, onLimit, onEndpoint, onPartial, onAhead }: RecognitionBeginning,
  ): void {
    const { scope, clock } = this.#options;
    if (this.#phase !== "waiting" || scope.state !== "open") return;
    const cursor = this.keep(fromSeq);
    this.#phase = "hearing";
    this.#beganMs = clock.nowMs();
    cursor.skipTo(fromSeq);
    this.#speaker?.skipTo(fromSeq);
    this.#nextSeq = fromSeq;
    // What was lost long before somebody spoke is none of their words.
    if (this.#lostSeq < fromSeq) this.#lostMs = 0;
    this.#admit(cursor, throughSeq);
    scope.own("utterance limit", clock.schedule(limitMs, onLimit));
    this.#onEndpoint = onEndpoint;
    this.#onPartial = onPartial;
    this.#onAhead = onAhead;
    this.#start(cursor)?.pump();
  }

  /** All up to chunk `throughSeq` was judged, and is its own, but for `lostMs` that were lost before. */
  heard(throughSeq: number, lostMs: number): void {
    if (lostMs > 0) {
      this.#lostMs += lostMs;
      this.#lostSeq = throughSeq;
    }
    if (this.#phase !== "hearing" || this.#cursor === undefined) return;
    this.#admit(this.#cursor, throughSeq);
    const utterance = this.#open ?? this.#start(this.#cursor);
    if (utterance === undefined) this.#drop(this.#cursor, throughSeq);
    else utterance.pump();
  }

  /** So much of its sound was lost before it could be judged. */
  lost(durationMs: number): void {
    this.#lostMs += durationMs;
  }

  /** Speech may have ended with chunk `throughSeq`: recognition may begin ahead. */
  pause(throughSeq: number): void {
    if (this.#phase === "hearing") this.#open?.pause(throughSeq);
  }

  /** It had not: what was recognized ahead is void. */
  resume(): void {
    if (this.#phase !== "hearing") return;
    this.#open?.resume();
    this.#onAhead?.(undefined);
  }

  /**
   * The end of speech is known: all up to chunk `lastSeq` belongs to it, and nothing after. `takenMs` that came after it are
   * the next turn's, although the recognizer has heard them: then what it has said so far is all. At `endedMs` the device
   * has said that it ends, where it does.
   */
  finish(
    lastSeq: number,
    { takenMs = 0, endedMs }: { readonly takenMs?: number; readonly endedMs?: number | undefined } = {},
  ): void {
    if (this.#phase !== "hearing" || this.#cursor === undefined) return;
    this.#admit(this.#cursor, lastSeq);
    this.#phase = "recognizing";
    this.#endKnownMs = this.#options.clock.nowMs();
    if (endedMs !== undefined) this.#cameMs = Math.max(this.#cameMs ?? endedMs, endedMs);
    this.#lastSeq = lastSeq;
    this.#audioMs -= takenMs;
    this.#speaker?.ask(lastSeq);
    if (takenMs > 0) this.#open?.conclude(lastSeq);
    else this.#open?.finish(lastSeq);
  }

  /** The words, or why there are none; then nothing of the sound is held any more. Never rejects. */
  async outcome(): Promise<TurnWords | EarshotError> {
    try {
      const result = await this.#result();
      this.speaker.then((speaker) => this.#knownSpeaker = speaker);
      // An answer begins without it.
      const awaited = result.text !== "" && this.#options.agent.answers === undefined;
      const speaker = awaited ? await this.speaker : undefined;
      return { ...result, ...(speaker !== undefined && { speaker }) };
    } catch (thrown) {
      return EarshotError.from(thrown, "asr.failed");
    } finally {
      this.#cursor?.close();
    }
  }

  async #result(): Promise<AsrResult> {
    for (;;) {
      const results = await Promise.all(this.#utterances.map(({ result }) => result));
      if (this.#startRest()) continue;
      return {
        // Each tells its language and mood where it can; those of the last one count.
        ...Object.assign({}, ...results),
        text: joinTexts(results.map(({ text }) => text)).trim(),
        droppedMs: results.reduce((sum, { droppedMs }) => sum + droppedMs, this.#lostMs),
      };
    }
  }

  /** The last utterance may have ended with these words. */
  #ahead(ahead: AsrAhead): void {
    if (this.#phase !== "hearing" || this.#options.scope.state !== "open") return;
    const heard: readonly AsrAhead[] = [...this.#ended, ahead];
    const text = joinTexts(heard.map(({ text }) => text)).trim();
    const language = heard.findLast(({ language }) => language !== undefined)?.language;
    this.#onAhead?.({ text, ...(language !== undefined && { language }) });
  }

  #admit(cursor: AudioCursor, throughSeq: number): void {
    for (const chunk of cursor.range(this.#nextSeq, throughSeq)) {
      this.#audioMs += chunk.durationMs;
      this.#cameMs = chunk.receivedMs;
      if (this.#options.keepsSound) this.sound.push(chunk);
    }
    this.#nextSeq = Math.max(this.#nextSeq, throughSeq + 1);
    cursor.limitTo(throughSeq);
  }

  /** Asks about what the last utterance's stream had not taken when it ended; whether there is anything to ask. */
  #startRest(): boolean {
    const [cursor, lastSeq] = [this.#cursor, this.#lastSeq ?? -1];
    if (cursor === undefined || cursor.positionSeq > lastSeq) return false;
    const utterance = this.#start(cursor);
    if (utterance === undefined) this.#drop(cursor, lastSeq);
    utterance?.finish(lastSeq);
    return utterance !== undefined;
  }

  /** Nobody is asked about what was not read up to chunk `throughSeq`. */
  #drop(cursor: AudioCursor, throughSeq: number): void {
    for (const { durationMs } of cursor.range(cursor.positionSeq, throughSeq)) this.#lostMs += durationMs;
    cursor.release(throughSeq);
  }

  #start(cursor: AudioCursor): Utterance | undefined {
    if (this.#utterances.length >= MAX_UTTERANCES) return undefined;
    const { agent: { recognizer, languages: [language] }, scope: { signal } } = this.#options;
    cursor.skipTo(cursor.positionSeq); // what an earlier one has read is not tried again
    const onEndpoint = this.#lastSeq === undefined ? this.#onEndpoint : undefined;
    const onPartial = this.#onPartial;
    const utterance = recognizer.start({
      language,
      cursor,
      ...(onEndpoint && { onEndpoint }),
      ...(onPartial && { onPartial }),
      onAhead: (ahead) => this.#ahead(ahead),
    }, signal);
    this.#utterances = [...this.#utterances, utterance];
    this.#open = utterance;
    const ended = (result: AsrResult) => {
      this.#ended = [...this.#ended, result];
      if (this.#open === utterance) this.#open = undefined;
    };
    utterance.result.then(ended, () => {}); // after a failure the turn has failed
    return utterance;
  }
}
