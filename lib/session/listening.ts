import type { Recognizer } from "../asr/mod.ts";
import type { AudioBuffer, AudioChunk, AudioCursor } from "../audio/mod.ts";
import type { EarshotError } from "../errors/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { SpeechEvent } from "../vad/mod.ts";
import type { SessionConfig } from "./config.ts";
import type { SessionCounters } from "./counters.ts";
import { Deliveries } from "./deliveries.ts";
import type { Detector, Endpointing } from "./endpointing.ts";
import { MissedSpeech } from "./missed_speech.ts";
import { OpenTurns } from "./open_turns.ts";
import { msOf, soundAfter } from "./seam.ts";
import { ServiceRest } from "./service_rest.ts";
import { SpeechPause } from "./speech_pause.ts";
import type { SpeakerSource } from "./speaker_query.ts";
import { type ListenMode, Turn } from "./turn.ts";
import type { Heard, TurnEndings } from "./turn_endings.ts";

/** How many turns may wait for their words while the next one is already being heard (realtime mode). */
const MAX_TURNS = 4;

/**
 * How much sound the detector may not have heard yet when a button ends the turn, for what was recognised ahead
 * to hold: less than any word takes.
 */
const MAX_UNHEARD_MS = 120;

/** Options of {@linkcode Listening}. */
export interface ListeningOptions {
  /** The session's scope; every turn is a child of it. */
  readonly scope: Scope;
  /** The session's sound. */
  readonly buffer: AudioBuffer;
  /** Says when somebody speaks. */
  readonly detector: Detector;
  /** Finds the words. */
  readonly recognizer: Recognizer;
  /** Says who speaks; nobody is asked without one. */
  readonly voiceprint?: SpeakerSource | undefined;
  /** Who says that an utterance has ended; with a button, the device does. */
  readonly endpointing: Endpointing;
  /** The language of the speaker. */
  readonly language: string;
  /** Tells the device, and counts. */
  readonly endings: TurnEndings;
  /** The session's bounds. */
  readonly config: SessionConfig;
  /** What the process counts. */
  readonly counters: SessionCounters;
  /** The time source. */
  readonly clock: Clock;
}

/**
 * When the gateway listens, and to what: turns `listen` messages, speech events and chunks into turns, and
 * their words into messages. Whatever happens to a turn, the device gets its `tts stop`.
 *
 * In realtime mode turns follow one another without a gap: what comes up to the moment at which the end of one is
 * known is its own, what comes afterwards is the next one's. A word that is being said at that moment is the next
 * one's from its beginning on, where a service has ended the turn and that beginning can be found ({@linkcode
 * soundAfter}); otherwise it is cut in two, as where somebody speaks for longer than an utterance may be.
 */
export class Listening {
  readonly #options: ListeningOptions;
  readonly #detector: Detector;
  readonly #preRollMs: number;
  readonly #preRoll: AudioCursor;
  readonly #rest: ServiceRest;
  readonly #missed = new MissedSpeech();
  readonly #deliveries: Deliveries;
  readonly #turns = new OpenTurns();
  #mode: ListenMode | undefined;
  #current: Turn | undefined;
  #turnCount = 0;
  #lastSeq = -1;
  /** The first chunk that belongs to no earlier turn. */
  #freshSeq = 0;
  #lastDurationMs = 60;
  /** While it drains: whether who speaks has paused, where only the recogniser tells. */
  #lastWords: SpeechPause | undefined;
  #drained: Promise<void> | undefined;

  /** Starts the pre-roll; nobody is listened to before `start`. */
  constructor(options: ListeningOptions) {
    this.#options = options;
    this.#detector = options.detector;
    this.#preRollMs = options.config.preRollMs;
    this.#rest = new ServiceRest(options.clock);
    this.#deliveries = new Deliveries(options.scope, (turn, outcome) => this.#deliver(turn, outcome));
    this.#preRoll = options.buffer.cursor("pre-roll");
    options.scope.own("pre-roll", () => this.#preRoll.close());
  }

  /** Whether a turn is under way whose end the device waits for. */
  get busy(): boolean {
    return this.#turns.busy;
  }

  /** `listen start`: what came before does not belong to the new turn. */
  start(mode: ListenMode): void {
    this.#cancelTurns();
    this.#mode = mode;
    this.#rest.end();
    this.#arm();
  }

  /** `listen stop`: everything that was heard belongs to the utterance. */
  stop(): void {
    this.#mode = undefined;
    const turn = this.#current;
    if (turn === undefined) {
      if (!this.busy) this.#options.endings.sendStop();
      return;
    }
    // The detector may have missed a short or a quiet word: all that is held is recognised rather than lost.
    if (turn.phase === "waiting") this.#begin(turn, this.#freshSeq);
    const unheardChunks = this.#lastSeq - (this.#detector.heardThroughSeq ?? -1);
    if (unheardChunks * this.#lastDurationMs > MAX_UNHEARD_MS) turn.resume();
    this.#finish(turn);
  }

  /** `abort`: the device waits for `tts stop`, and nothing of an old turn may reach it afterwards. */
  abort(): void {
    this.#cancelTurns();
    this.#options.endings.sendStop();
    if (this.#mode === "auto" || this.#mode === "realtime") this.#arm();
  }

  /**
   * Hears the utterance that is under way to its end, and no further one; resolves when no answer is owed to
   * the device. Where the recogniser is to say the end, and has not heard a word yet, a pause is the end, as it may
   * give words only after one, or never. Calling again gives the same promise.
   */
  drain(): Promise<void> {
    if (this.#drained !== undefined) return this.#drained;
    const turn = this.#current;
    // With a button held down somebody may be speaking although the detector has not noticed yet.
    if (turn?.phase === "waiting" && turn.mode !== "manual") {
      this.#current = undefined;
      this.#cancel(turn);
    }
    if (turn !== undefined && this.#endsByService(turn)) this.#lastWords = new SpeechPause();
    return this.#drained = this.#turns.ended();
  }

  /** The session ends: give up every turn. */
  close(): void {
    this.#mode = undefined;
    this.#cancelTurns();
  }

  /** One more chunk is in the buffer. */
  heard(chunk: AudioChunk): void {
    this.#lastSeq = chunk.seq;
    this.#lastDurationMs = chunk.durationMs;
    const turn = this.#current;
    // Sound of an utterance is held by its turn, and is not the next one's as well, but for a word at its end.
    const own = turn?.phase === "hearing" && !(turn.mode === "realtime" && this.#endsByService(turn));
    const keptChunks = own ? 0 : Math.ceil(this.#preRollMs / chunk.durationMs);
    this.#preRoll.release(chunk.seq - keptChunks);
    if (turn === undefined) {
      this.#options.counters.audioUnlistened++;
      return;
    }
    turn.heard(chunk);
    this.#detector.write(chunk);
    if (this.#lastWords?.push(chunk) && !turn.spoken) this.#finish(turn);
  }

  /** Somebody began to speak, or stopped. */
  speech(event: SpeechEvent): void {
    const turn = this.#current;
    if (turn === undefined) return;
    switch (event.type) {
      case "speech_started": {
        const heldFromSeq = this.#preRoll.positionSeq;
        if (this.#rest.resting) {
          this.#missed.missed(event.seq, heldFromSeq);
          return this.#detector.reset();
        }
        const startSeq = this.#missed.take(event.seq, heldFromSeq);
        const padChunks = Math.ceil(this.#options.config.padMs / this.#lastDurationMs);
        this.#begin(turn, Math.max(startSeq - padChunks, this.#freshSeq));
        return;
      }
      case "speech_paused":
        return turn.pause(event.seq);
      case "speech_resumed":
        return turn.resume();
      case "speech_stopped":
        // The silence that followed is heard too: recognition is surer with it, and it has passed anyway. With
        // a button, more may be said before it is released.
        if (turn.mode !== "manual") this.#finish(turn);
        return;
      case "failed":
        // A button says by itself when speech has ended, and between utterances a crash passes unnoticed; but
        // nobody shall speak to an ear that stays away.
        if (turn.mode === "manual") return;
        if (turn.phase === "hearing") this.#fail(turn, event.error);
        else if (event.error.code === "engine.unavailable") this.#options.endings.apologise(event.error);
    }
  }

  #arm(): void {
    const { scope, buffer, recognizer, voiceprint, language, clock } = this.#options;
    if (this.#mode === undefined || this.#drained !== undefined || scope.state !== "open") return;
    const id = ++this.#turnCount;
    const turn = new Turn({
      id,
      mode: this.#mode,
      scope: scope.child(`turn ${id}`),
      buffer,
      recognizer,
      voiceprint,
      language,
      clock,
    });
    this.#current = turn;
    this.#missed.forget();
    this.#turns.add(turn);
    this.#detector.reset();
    if (turn.mode === "manual") turn.keep(this.#freshSeq);
  }

  #fail(turn: Turn, error: EarshotError): void {
    turn.close();
    this.#current = undefined;
    this.#freshSeq = this.#lastSeq + 1;
    this.#turns.delete(turn);
    this.#options.endings.record(turn, "failed", { code: error.code });
    this.#options.endings.apologise(error);
    this.#arm();
  }

  #begin(turn: Turn, fromSeq: number): void {
    if (turn.phase !== "waiting") return;
    const { counters, config } = this.#options;
    counters.turnsStarted++;
    turn.begin(fromSeq, {
      limitMs: config.utteranceMs,
      ...(this.#endsByService(turn) && {
        onEndpoint: () => this.#current === turn && this.#finish(turn),
      }),
      onLimit: () => {
        if (this.#current !== turn) return;
        this.#options.counters.turnsCut++;
        this.#finish(turn);
      },
    });
  }

  /** Whether it is for the recogniser to say when the utterance has ended. */
  #endsByService(turn: Turn): boolean {
    return this.#options.endpointing === "service" && turn.mode !== "manual";
  }

  #finish(turn: Turn): void {
    if (turn.phase !== "hearing") return;
    // The microphone stays open in realtime mode: what is said meanwhile is the next turn's.
    const goesOn = this.#mode === "realtime" && this.#turns.size < MAX_TURNS && this.#drained === undefined;
    const rest = goesOn ? this.#restOf(turn) : [];
    // What this one could not hand over yet stays its own, what comes from now on is not.
    this.#freshSeq = rest[0]?.seq ?? this.#lastSeq + 1;
    if (rest.length === 0) turn.finish(this.#lastSeq);
    else turn.conclude(this.#freshSeq - 1, { restMs: msOf(rest) });
    this.#current = undefined;
    this.#detector.reset();
    if (this.#options.scope.state !== "open") return;
    this.#deliveries.expect(turn);
    if (goesOn) this.#arm();
    for (const chunk of rest) this.#detector.write(chunk);
  }

  /** Sound that the turn has heard and that is the next one's: a word that is being said. */
  #restOf(turn: Turn): readonly AudioChunk[] {
    const end = this.#endsByService(turn) ? turn.sentenceEnd : undefined;
    return end === undefined ? [] : soundAfter(end, this.#preRoll.range(this.#freshSeq, this.#lastSeq));
  }

  #deliver(turn: Turn, outcome: Heard | EarshotError): void {
    if (turn.cancelled) return;
    if (this.#options.endpointing === "service") this.#rest.after(turn, outcome);
    this.#options.endings.deliver(turn, outcome);
    this.#turns.delete(turn);
    // Firmware that was in speaking asks again; one that never left listening goes on sending.
    if (this.#current === undefined) this.#arm();
  }

  #cancel(turn: Turn): void {
    turn.close();
    this.#turns.delete(turn);
    this.#options.endings.record(turn, "cancelled");
  }

  #cancelTurns(): void {
    this.#current = undefined;
    this.#freshSeq = this.#lastSeq + 1;
    for (const turn of this.#turns) this.#cancel(turn);
  }
}
