import type { Agent } from "../../agents/mod.ts";
import type { EarshotError } from "../../errors/mod.ts";
import type { ListenMode } from "../../protocol/mod.ts";
import type { SpeechEvent } from "../../vad/mod.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { TurnWords } from "../recognition.ts";
import type { SessionContext } from "../session_context.ts";
import type { Turn } from "../turn.ts";
import { ButtonPress } from "./button_press.ts";
import { NoPacketTimer } from "./no_packet_timer.ts";
import { NoSpeechTimer } from "./no_speech_timer.ts";
import { RecognizerCooldown } from "./recognizer_cooldown.ts";
import type { TurnOwner } from "./turn_owner.ts";

/** How many turns may wait for their words while the next one is already being heard (realtime mode). */
const MAX_TURNS = 4;

/** Options of a {@linkcode Listening}. */
export interface ListeningOptions extends SessionContext {
  readonly ingest: Ingest;
  readonly turns: TurnOwner;
  /** The agent of a turn that starts. */
  readonly agentOf: () => Agent;
}

/**
 * When the gateway listens, and to what: turns `listen` messages, packets and what the detector says of them into turns.
 *
 * All of it follows the sound, not the time at which packets come: what has come waits in the buffer until the detector
 * has judged it, and is neither recognized nor let go before. What comes up to the moment at which the end of a turn is
 * known is its own, what comes afterward is the next one's. A word that is being said at that moment is the next
 * one's from its beginning on, where a service has ended the turn and that beginning can be found ({@linkcode
 * Ingest.soundAfter}); otherwise it is cut in two, as where somebody speaks for longer than an utterance may be.
 */
export class Listening {
  readonly #options: ListeningOptions;
  readonly #ingest: Ingest;
  readonly #turns: TurnOwner;
  readonly #noPacket: NoPacketTimer;
  readonly #noSpeech: NoSpeechTimer;
  readonly #cooldown: RecognizerCooldown;
  readonly #press: ButtonPress;
  #mode: ListenMode | undefined;
  #current: Turn | undefined;
  #draining = false;

  /** Nobody is listened to before `start`. */
  constructor(options: ListeningOptions) {
    const { scope, ingest, turns, clock, config } = options;
    this.#options = options;
    this.#ingest = ingest;
    this.#turns = turns;
    this.#noSpeech = new NoSpeechTimer(clock);
    this.#cooldown = new RecognizerCooldown(options);
    this.#press = new ButtonPress(ingest);
    this.#noPacket = new NoPacketTimer({
      clock,
      limitMs: config.noPacketMs,
      onNothing: () => this.#endStalled(),
    });
    scope.own("no packet timer", () => this.#noPacket.stop());
  }

  /** For how long the device has been listened to without anybody speaking, in ms; 0 while somebody may be. */
  get waitedMs(): number {
    return this.#noSpeech.counting && !this.#turns.spoken ? this.#noSpeech.waitedMs : 0;
  }

  /** `listen start`: what came before does not belong to the new turn. */
  start(mode: ListenMode): void {
    this.#cancelTurns();
    this.#mode = mode;
    if (mode === "manual") this.#noSpeech.stop();
    else this.#noSpeech.restart();
    this.#cooldown.end();
    this.#arm();
  }

  /** `listen stop`: everything that was heard belongs to the utterance. */
  stop(): void {
    this.#mode = undefined;
    this.#noSpeech.stop();
    if (this.#current === undefined) return this.#turns.nothingSaid();
    this.#press.release();
    this.#endPress();
  }

  /** `abort`: nothing of an old turn may reach the device afterward. */
  abort(): void {
    this.#cancelTurns();
    if (this.#mode !== "auto" && this.#mode !== "realtime") return;
    this.#noSpeech.restart();
    this.#arm();
  }

  /** Somebody is there, though they do not speak: the wait for speech begins anew. */
  restartWait(): void {
    if (this.#noSpeech.counting) this.#noSpeech.restart();
  }

  /** The device is not listened to before it asks for it again. */
  end(): void {
    this.#mode = undefined;
    this.#noSpeech.stop();
    this.#cancelTurns();
  }

  /**
   * Hears the utterance that is under way to its end, and no further one. Where the recognizer is to say the end, and has
   * not heard a word yet, a pause is the end, as it may give words only after one, or never. May be called twice.
   */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    const turn = this.#current;
    // With a button held down somebody may be speaking although the detector has not noticed yet.
    if (turn?.phase === "waiting" && turn.mode !== "manual") {
      this.#current = undefined;
      this.#turns.cancel(turn);
    }
    if (turn?.endsByService) this.#ingest.watchPauses((seq) => this.#endInPause(seq));
  }

  /** One more packet was kept. */
  heard(): void {
    if (this.#press.released) {
      this.#options.counters.audioUnlistened++;
      return;
    }
    this.#noPacket.packet();
    if (this.#current === undefined && (this.#mode === undefined || this.#draining)) {
      this.#options.counters.audioUnlistened++;
      return this.#ingest.skipAll();
    }
    this.judge();
  }

  /** So much sound was lost before it was kept. */
  lost(durationMs: number): void {
    if (this.#current?.phase === "hearing") this.#current.recognition.lost(durationMs);
    else this.#ingest.lost(durationMs);
  }

  /** Gives the detector what waits, as far as it takes it. While the words of a turn are found, the rest waits. */
  judge(): void {
    while (this.#current !== undefined && this.#ingest.feed());
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
      case "speech_started":
        return this.#speechStarted(turn, event.seq);
      case "speech_paused":
        this.#press.paused(event.seq);
        return turn.recognition.pause(event.seq);
      case "speech_resumed":
        return turn.recognition.resume();
      case "speech_stopped":
        // The silence that followed is heard too: recognition is surer with it, and it has passed anyway. With
        // a button, more may be said before it is released.
        if (turn.mode !== "manual") this.#finish(turn, event.throughSeq);
        return;
      case "failed":
        return this.#detectorFailed(turn, event.error);
    }
  }

  /** A turn was answered, or has failed. */
  answered(turn: Turn, outcome: TurnWords | EarshotError): void {
    this.#cooldown.after(turn, outcome);
    if (this.#mode === "auto" || this.#mode === "realtime") {
      if ("text" in outcome && outcome.text !== "") this.#noSpeech.restart();
      else if (!this.#turns.busy) this.#noSpeech.resume();
    }
    // Firmware that was in speaking asks again; one that never left listening goes on sending.
    if (this.#current === undefined) this.#arm();
  }

  #judged(turn: Turn, seq: number): void {
    if (seq <= this.#ingest.judgedSeq) return; // a packet has two frames
    turn.recognition.heard(seq, this.#ingest.takeLostMs());
    // Sound of an utterance is held by its turn, and is not the next one's as well, but for a word at its end.
    const owned = turn.phase === "hearing" && !(turn.mode === "realtime" && turn.endsByService);
    this.#ingest.judged(seq, { owned });
    if (turn.phase !== "hearing" || turn.recognition.audioMs < this.#options.config.utteranceMs) return;
    this.#cut(turn, seq);
  }

  #speechStarted(turn: Turn, seq: number): void {
    const startSeq = this.#cooldown.speechStarted(seq);
    if (startSeq === undefined) return;
    const { freshSeq } = this.#ingest;
    const paddedSeq = startSeq - this.#ingest.packetsOf(this.#options.config.speechPadMs);
    // All that came since the button was pressed is meant to be heard, a whisper before it as well.
    this.#begin(turn, turn.mode === "manual" ? freshSeq : Math.max(paddedSeq, freshSeq));
  }

  /**
   * A button says by itself when speech has ended, and between utterances a crash passes unnoticed; but nobody shall speak
   * to a detector that stays away.
   */
  #detectorFailed(turn: Turn, error: EarshotError): void {
    if (turn.mode === "manual") return;
    if (turn.phase !== "hearing") {
      if (error.code === "engine.unavailable") this.#turns.unheard(error);
      return;
    }
    this.#dropCurrent();
    this.#turns.fail(turn, error);
    this.#arm();
  }

  #arm(): void {
    const { scope, agentOf } = this.#options;
    if (this.#mode === undefined || this.#draining || scope.state !== "open") return;
    const agent = agentOf();
    this.#ingest.use(agent.pipeline);
    this.#ingest.urgent = this.#mode !== "manual";
    const turn = this.#current = this.#turns.open(this.#mode, agent);
    this.#cooldown.forget();
    if (turn.mode === "manual") turn.recognition.keep(this.#ingest.freshSeq);
    this.judge();
  }

  #begin(turn: Turn, fromSeq: number): void {
    if (turn.phase !== "waiting") return;
    const { counters, config } = this.#options;
    counters.turnsStarted++;
    turn.recognition.begin(fromSeq, {
      throughSeq: this.#ingest.judgedSeq,
      // Its sound is limited as such; this is for who sends it drop by drop.
      limitMs: config.utteranceMs + config.audioBurstMs,
      onLimit: () => this.#current === turn && this.#cut(turn, this.#ingest.judgedSeq),
      ...(turn.endsByService && {
        onEndpoint: () => this.#current === turn && this.#finish(turn, this.#ingest.judgedSeq),
      }),
    });
    if (turn.mode === "manual") return;
    this.#noPacket.start();
    // Where the recognizer tells, somebody speaks once it has heard a word.
    if (!turn.endsByService) this.#noSpeech.pause();
  }

  /** It is as long as an utterance may be. */
  #cut(turn: Turn, throughSeq: number): void {
    this.#options.counters.turnsCut++;
    this.#finish(turn, throughSeq);
  }

  /** The button was released: once all is judged, it is known what is to be recognized, if there may be speech. */
  #endPress(): void {
    const turn = this.#current;
    if (turn === undefined || !this.#press.judged) return;
    if (turn.phase === "waiting" && !this.#ingest.heardSpeech) {
      // Models make words of noise that nobody said.
      this.#dropCurrent();
      this.#turns.cancel(turn);
      return this.#turns.nothingSaid();
    }
    // The detector may have missed a short or a quiet word: all that is held is recognized rather than lost.
    this.#begin(turn, this.#ingest.freshSeq);
    if (this.#press.goesOnAfterPause) turn.recognition.resume();
    this.#finish(turn, this.#press.lastSeq);
  }

  /** Nothing has come for so long, and all that came was judged: nobody goes on. */
  #endStalled(): void {
    const turn = this.#current;
    if (!this.#noPacket.passed || turn === undefined || turn.mode === "manual" || turn.phase !== "hearing") {
      return;
    }
    if (this.#ingest.allJudged) this.#finish(turn, this.#ingest.lastSeq);
  }

  #endInPause(seq: number): void {
    const turn = this.#current;
    if (turn !== undefined && !turn.recognition.spoken) this.#finish(turn, seq);
  }

  /** All up to packet `throughSeq` is the turn's; what comes afterward, or has come already, is the next one's. */
  #finish(turn: Turn, throughSeq: number): void {
    const { recognition } = turn;
    if (turn.phase !== "hearing") return;
    // The microphone stays open in realtime mode, and until the button is released: what is said meanwhile is the
    // next turn's.
    const open = this.#mode === "realtime" || this.#mode === "manual";
    const goesOn = open && this.#turns.unanswered < MAX_TURNS && !this.#draining;
    const end = goesOn && turn.endsByService ? recognition.sentenceEnd : undefined;
    const next = end && this.#ingest.soundAfter(end, throughSeq);
    const nextSeq = next?.fromSeq ?? throughSeq + 1;
    recognition.finish(nextSeq - 1, { takenMs: next?.durationMs ?? 0 });
    this.#leaveCurrent();
    this.#ingest.beginWith(nextSeq);
    if (this.#options.scope.state !== "open") return;
    this.#turns.recognize(turn);
    if (goesOn) this.#arm();
  }

  #cancelTurns(): void {
    this.#dropCurrent();
    this.#turns.cancelAll();
  }

  /** What has come so far is no turn's. */
  #dropCurrent(): void {
    this.#leaveCurrent();
    this.#ingest.skipAll();
  }

  #leaveCurrent(): void {
    this.#current = undefined;
    this.#press.end();
    this.#noPacket.stop();
  }
}
