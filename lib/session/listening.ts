import type { Agent } from "../agents/mod.ts";
import type { AudioBuffer, AudioChunk } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { SpeechEvent } from "../vad/mod.ts";
import type { SessionConfig } from "./config.ts";
import type { SessionCounters } from "./counters.ts";
import { Deliveries } from "./deliveries.ts";
import type { Detector } from "./endpointing.ts";
import { MissedSpeech } from "./missed_speech.ts";
import { OpenTurns } from "./open_turns.ts";
import { PacketWatch } from "./packet_watch.ts";
import { msOf, soundAfter } from "./seam.ts";
import { ServiceRest } from "./service_rest.ts";
import { SoundQueue } from "./sound_queue.ts";
import { SpeechPause } from "./speech_pause.ts";
import { SpeechWait } from "./speech_wait.ts";
import type { SpeakerSource } from "./speaker_query.ts";
import { type ListenMode, Turn } from "./turn.ts";
import type { Heard, TurnEndings } from "./turn_endings.ts";
import type { WakeWords } from "./wake_words.ts";

/** How many turns may wait for their words while the next one is already being heard (realtime mode). */
const MAX_TURNS = 4;

/**
 * How long a button may be held after the pause at which was recognized ahead for that to hold, in ms: beside loud
 * speech the detector may miss a whisper.
 */
const MAX_AFTER_PAUSE_MS = 600;

/** Options of {@linkcode Listening}. */
export interface ListeningOptions {
  /** The session's scope; every turn is a child of it. */
  readonly scope: Scope;
  /** The session's sound. */
  readonly buffer: AudioBuffer;
  /** Says when somebody speaks, until a turn starts. */
  readonly detector: Detector;
  /** The agent for a turn that starts, and the detector for its pipeline. */
  readonly readAgent: () => { readonly agent: Agent; readonly detector: Detector };
  /** Says who speaks; nobody is asked without one. */
  readonly voiceprint?: SpeakerSource | undefined;
  /** The texts by which a device tells that it was woken. */
  readonly wakeWords: WakeWords;
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
 * All of it follows the sound, not the time at which packets come: what has come waits in the buffer until the detector
 * has judged it, and is neither recognized nor let go before. What comes up to the moment at which the end of a turn is
 * known is its own, what comes afterward is the next one's. A word that is being said at that moment is the next
 * one's from its beginning on, where a service has ended the turn and that beginning can be found ({@linkcode
 * soundAfter}); otherwise it is cut in two, as where somebody speaks for longer than an utterance may be.
 */
export class Listening {
  readonly #options: ListeningOptions;
  readonly #sound: SoundQueue;
  readonly #packets: PacketWatch;
  readonly #wait: SpeechWait;
  readonly #rest: ServiceRest;
  readonly #missed = new MissedSpeech();
  readonly #deliveries: Deliveries;
  readonly #turns = new OpenTurns();
  #mode: ListenMode | undefined;
  #current: Turn | undefined;
  #turnCount = 0;
  #lastBusyMs = 0;
  /** The last chunk that was judged when speech paused the last time. */
  #pausedSeq = -1;
  /** The last chunk of a press that was ended, and of which not all was judged. */
  #stoppedSeq: number | undefined;
  /** Whether so long no packet came that nobody is taken to go on. */
  #stalled = false;
  /** While it drains: whether who speaks has paused, where only the recognizer tells. */
  #lastWords: SpeechPause | undefined;
  #drained: Promise<void> | undefined;

  /** Starts the pre-roll; nobody is listened to before `start`. */
  constructor(options: ListeningOptions) {
    const { scope, buffer, clock, config } = options;
    this.#options = options;
    this.#sound = new SoundQueue({ buffer, detector: options.detector, ...config });
    scope.own("pre-roll", () => this.#sound.close());
    this.#wait = new SpeechWait(clock);
    this.#rest = new ServiceRest(clock);
    this.#deliveries = new Deliveries(scope, (turn, outcome) => this.#deliver(turn, outcome));
    this.#packets = new PacketWatch({
      clock,
      limitMs: config.noPacketMs,
      onNothing: () => {
        this.#stalled = true;
        this.#endStalled();
      },
    });
    scope.own("packet watch", () => this.#packets.stop());
  }

  /** Whether a turn is under way whose end the device waits for. */
  get busy(): boolean {
    return this.#turns.busy;
  }

  /** When somebody spoke or was owed an answer the last time, on the session's clock. */
  get lastBusyMs(): number {
    return this.busy ? this.#options.clock.nowMs() : this.#lastBusyMs;
  }

  /** Whether the device is to be listened to. */
  get active(): boolean {
    return this.#mode !== undefined;
  }

  /** For how long it has been listened to without anybody speaking, in ms; 0 while somebody may be. */
  get waitedMs(): number {
    return this.#wait.counting && !this.#turns.spoken ? this.#wait.waitedMs : 0;
  }

  /** `listen start`: what came before does not belong to the new turn. */
  start(mode: ListenMode): void {
    this.#cancelTurns();
    this.#mode = mode;
    if (mode === "manual") this.#wait.stop();
    else this.#wait.restart();
    this.#rest.end();
    this.#arm();
  }

  /** `listen stop`: everything that was heard belongs to the utterance. */
  stop(): void {
    this.#mode = undefined;
    this.#wait.stop();
    const turn = this.#current;
    if (turn === undefined) {
      if (!this.busy) this.#options.endings.sendStop();
      return;
    }
    this.#stoppedSeq ??= this.#sound.lastSeq;
    this.#sound.endWith(this.#stoppedSeq);
    this.#endPress();
  }

  /** The button was released: once all is judged, it is known what is to be recognized, if there may be speech. */
  #endPress(): void {
    const [turn, stoppedSeq] = [this.#current, this.#stoppedSeq];
    if (turn === undefined || stoppedSeq === undefined || !this.#sound.allJudged) return;
    if (turn.phase === "waiting" && !this.#sound.heardSpeech) {
      // Models make words of noise that nobody said.
      this.#dropCurrent();
      this.#cancel(turn);
      if (!this.busy) this.#options.endings.sendStop();
      return;
    }
    // The detector may have missed a short or a quiet word: all that is held is recognized rather than lost.
    this.#begin(turn, this.#sound.freshSeq);
    if (this.#sound.msBetween(this.#pausedSeq, stoppedSeq) > MAX_AFTER_PAUSE_MS) turn.resume();
    this.#finish(turn, stoppedSeq);
  }

  /** `abort`: the device waits for `tts stop`, and nothing of an old turn may reach it afterward. */
  abort(): void {
    this.#cancelTurns();
    this.#options.endings.sendStop();
    if (this.#mode !== "auto" && this.#mode !== "realtime") return;
    this.#wait.restart();
    this.#arm();
  }

  /** `listen detect`: a wake word, or a message that was typed; an empty one only ends a wait. */
  detected(text: string): void {
    const { counters, endings, wakeWords } = this.#options;
    if (this.#wait.counting) this.#wait.restart();
    if (text.trim() === "") return endings.sendStop();
    if (wakeWords.has(text)) {
      counters.wakeWords++;
      return endings.woken(text);
    }
    counters.messagesTyped++;
    endings.typed(++this.#turnCount, text);
  }

  /** What the device sends cannot be heard: it is told, and not listened to before it asks for it again. */
  refuse(error: EarshotError): void {
    this.#mode = undefined;
    this.#wait.stop();
    this.#cancelTurns();
    this.#options.endings.apologize(error);
  }

  /**
   * Hears the utterance that is under way to its end, and no further one; resolves when no answer is owed to
   * the device. Where the recognizer is to say the end, and has not heard a word yet, a pause is the end, as it may
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
    if (turn !== undefined && turn.endsByService) this.#lastWords = new SpeechPause();
    return this.#drained = this.#turns.ended();
  }

  /** The session ends: give up every turn. */
  close(): void {
    this.#mode = undefined;
    this.#cancelTurns();
  }

  /** One more chunk is in the buffer. */
  heard(chunk: AudioChunk): void {
    this.#sound.came(chunk);
    if (this.#stoppedSeq !== undefined) {
      this.#options.counters.audioUnlistened++;
      return;
    }
    this.#stalled = false;
    this.#packets.packet();
    if (this.#current === undefined && (this.#mode === undefined || this.#drained !== undefined)) {
      this.#options.counters.audioUnlistened++;
      return this.#sound.skipAll();
    }
    this.judge();
    const turn = this.#current;
    if (this.#lastWords?.push(chunk) && turn !== undefined && !turn.spoken) this.#finish(turn, chunk.seq);
  }

  /** So much sound was lost before it came here. */
  lost(durationMs: number): void {
    if (this.#current?.phase === "hearing") this.#current.lost(durationMs);
    else this.#sound.lost(durationMs);
  }

  /** Gives the detector what waits, as far as it takes it. While the words of a turn are found, the rest waits. */
  judge(): void {
    while (this.#current !== undefined && this.#sound.feed());
    this.#endPress();
    this.#endStalled();
  }

  /** What the detector says of the sound. */
  speech(event: SpeechEvent): void {
    const turn = this.#current;
    if (turn === undefined) return;
    switch (event.type) {
      case "judged":
        return this.#judged(turn, event.seq);
      case "speech_started": {
        const { heldFromSeq, freshSeq } = this.#sound;
        if (this.#rest.resting) {
          this.#missed.missed(event.seq, heldFromSeq);
          return this.#sound.judgeAnew();
        }
        const startSeq = this.#missed.take(event.seq, heldFromSeq);
        const paddedSeq = startSeq - this.#sound.chunksOf(this.#options.config.padMs);
        // All that came since the button was pressed is meant to be heard, a whisper before it as well.
        return this.#begin(turn, turn.mode === "manual" ? freshSeq : Math.max(paddedSeq, freshSeq));
      }
      case "speech_paused":
        this.#pausedSeq = event.seq;
        return turn.pause(event.seq);
      case "speech_resumed":
        return turn.resume();
      case "speech_stopped":
        // The silence that followed is heard too: recognition is surer with it, and it has passed anyway. With
        // a button, more may be said before it is released.
        if (turn.mode !== "manual") this.#finish(turn, event.throughSeq);
        return;
      case "failed":
        // A button says by itself when speech has ended, and between utterances a crash passes unnoticed; but
        // nobody shall speak to an ear that stays away.
        if (turn.mode === "manual") return;
        if (turn.phase === "hearing") this.#fail(turn, event.error);
        else if (event.error.code === "engine.unavailable") this.#options.endings.apologize(event.error);
    }
  }

  #judged(turn: Turn, seq: number): void {
    if (seq <= this.#sound.judgedSeq) return; // a chunk has two frames
    turn.heard(seq, this.#sound.takeLostMs());
    // Sound of an utterance is held by its turn, and is not the next one's as well, but for a word at its end.
    const owned = turn.phase === "hearing" && !(turn.mode === "realtime" && turn.endsByService);
    this.#sound.judged(seq, { owned });
    if (turn.phase !== "hearing" || turn.audioMs < this.#options.config.utteranceMs) return;
    this.#cut(turn, seq);
  }

  #arm(): void {
    const { scope, buffer, voiceprint, clock, readAgent, counters } = this.#options;
    if (this.#mode === undefined || this.#drained !== undefined || scope.state !== "open") return;
    const { agent, detector } = readAgent();
    counters.audioUnlistened += this.#sound.judgeBy(detector);
    const id = ++this.#turnCount;
    const turn = new Turn({
      id,
      mode: this.#mode,
      scope: scope.child(`turn ${id}`),
      buffer,
      agent,
      voiceprint,
      clock,
    });
    this.#current = turn;
    this.#missed.forget();
    this.#turns.add(turn);
    if (turn.mode === "manual") turn.keep(this.#sound.freshSeq);
    this.judge();
  }

  #fail(turn: Turn, error: EarshotError): void {
    turn.close();
    this.#dropCurrent();
    this.#turns.delete(turn);
    this.#options.endings.record(turn, "failed", { code: error.code });
    this.#options.endings.apologize(error);
    this.#arm();
  }

  #begin(turn: Turn, fromSeq: number): void {
    if (turn.phase !== "waiting") return;
    const { counters, config } = this.#options;
    counters.turnsStarted++;
    turn.begin(fromSeq, {
      throughSeq: this.#sound.judgedSeq,
      // Its sound is limited as such; this is for who sends it drop by drop.
      limitMs: config.utteranceMs + config.burstMs,
      onLimit: () => this.#current === turn && this.#cut(turn, this.#sound.judgedSeq),
      ...(turn.endsByService && {
        onEndpoint: () => this.#current === turn && this.#finish(turn, this.#sound.judgedSeq),
      }),
    });
    if (turn.mode === "manual") return;
    this.#packets.start();
    // Where the recognizer tells, somebody speaks once it has heard a word.
    if (!turn.endsByService) this.#wait.pause();
  }

  /** It is as long as an utterance may be. */
  #cut(turn: Turn, throughSeq: number): void {
    this.#options.counters.turnsCut++;
    this.#finish(turn, throughSeq);
  }

  /** Nothing has come for so long, and all that came was judged: nobody goes on. */
  #endStalled(): void {
    const turn = this.#current;
    if (!this.#stalled || turn === undefined || turn.mode === "manual" || turn.phase !== "hearing") return;
    if (this.#sound.allJudged) this.#finish(turn, this.#sound.lastSeq);
  }

  /** All up to chunk `throughSeq` is the turn's; what comes afterward, or has come already, is the next one's. */
  #finish(turn: Turn, throughSeq: number): void {
    if (turn.phase !== "hearing") return;
    // The microphone stays open in realtime mode, and until the button is released: what is said meanwhile is the
    // next turn's.
    const open = this.#mode === "realtime" || this.#mode === "manual";
    const goesOn = open && this.#turns.size < MAX_TURNS && this.#drained === undefined;
    const rest = goesOn ? this.#restOf(turn, throughSeq) : [];
    const nextSeq = rest[0]?.seq ?? throughSeq + 1;
    if (rest.length === 0) turn.finish(throughSeq);
    else turn.conclude(nextSeq - 1, { restMs: msOf(rest) });
    this.#current = undefined;
    this.#stoppedSeq = undefined;
    this.#packets.stop();
    this.#sound.beginWith(nextSeq);
    if (this.#options.scope.state !== "open") return;
    this.#deliveries.expect(turn);
    if (goesOn) this.#arm();
  }

  /** Sound that the turn has heard and that is the next one's: a word that is being said. */
  #restOf(turn: Turn, throughSeq: number): readonly AudioChunk[] {
    const end = turn.endsByService ? turn.sentenceEnd : undefined;
    return end === undefined ? [] : soundAfter(end, this.#sound.range(this.#sound.freshSeq, throughSeq));
  }

  #deliver(turn: Turn, outcome: Heard | EarshotError): void {
    if (turn.canceled) return;
    if (turn.agent.pipeline.endpointing === "service") this.#rest.after(turn, outcome);
    this.#options.endings.deliver(turn, outcome);
    this.#lastBusyMs = this.#options.clock.nowMs();
    this.#turns.delete(turn);
    if (this.#mode === "auto" || this.#mode === "realtime") {
      if (!(outcome instanceof EarshotError) && outcome.text !== "") this.#wait.restart();
      else if (!this.busy) this.#wait.resume();
    }
    // Firmware that was in speaking asks again; one that never left listening goes on sending.
    if (this.#current === undefined) this.#arm();
  }

  #cancel(turn: Turn): void {
    turn.close();
    this.#turns.delete(turn);
    this.#options.endings.record(turn, "canceled");
  }

  #cancelTurns(): void {
    this.#dropCurrent();
    for (const turn of this.#turns) this.#cancel(turn);
  }

  /** What has come so far is no turn's. */
  #dropCurrent(): void {
    this.#current = undefined;
    this.#stoppedSeq = undefined;
    this.#packets.stop();
    this.#sound.skipAll();
  }
}
