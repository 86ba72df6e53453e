import type { EarshotError } from "../../errors/mod.ts";
import type { SpeechEvent } from "../../vad/mod.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { SessionContext } from "../session_context.ts";
import type { Turn } from "../turn.ts";
import { ButtonPress } from "./button_press.ts";
import { NoPacketTimer } from "./no_packet_timer.ts";
import type { RecognizerCooldown } from "./recognizer_cooldown.ts";
import type { TurnOwner } from "./turn_owner.ts";

/**
 * How much of the sound before speech a service is sent at most that is paid for it, in ms: of 18 speakers at -20 dB our
 * detector finds none later than 304 ms after they have begun (`deno task quiet-starts`), and this is whole packets.
 */
const BILLED_PAD_MS = 360;

/** Options of a {@linkcode TurnTracker}. */
export interface TurnTrackerOptions extends SessionContext {
  readonly ingest: Ingest;
  readonly turns: TurnOwner;
  readonly cooldown: RecognizerCooldown;
  /** Whether another turn begins as soon as this one has ended. */
  readonly goesOn: (turn: Turn) => boolean;
  /** Begins that turn. */
  readonly next: () => void;
  /** Told that a button was released and nobody has spoken. */
  readonly onNothing: () => void;
  /** Told that somebody speaks. */
  readonly onBegun: (turn: Turn) => void;
}

/**
 * Where the turn that is listened to begins and ends.
 *
 * All of it follows the sound, not the time at which packets come: what has come waits in the buffer until the detector
 * has judged it, and is neither recognized nor let go before. What comes up to the moment at which the end of a turn is
 * known is its own, what comes afterward is the next one's. A word that is being said at that moment is the next
 * one's from its beginning on, where a service has ended the turn and that beginning can be found ({@linkcode
 * Ingest.soundAfter}); otherwise it is cut in two, as where somebody speaks for longer than an utterance may be.
 */
export class TurnTracker {
  readonly #options: TurnTrackerOptions;
  readonly #ingest: Ingest;
  readonly #turns: TurnOwner;
  readonly #noPacket: NoPacketTimer;
  readonly #press: ButtonPress;
  #current: Turn | undefined;

  /** There is no turn yet. */
  constructor(options: TurnTrackerOptions) {
    const { scope, ingest, turns, clock, config } = options;
    this.#options = options;
    this.#ingest = ingest;
    this.#turns = turns;
    this.#press = new ButtonPress(ingest);
    this.#noPacket = new NoPacketTimer({
      clock,
      limitMs: config.noPacketMs,
      onNothing: () => this.#endStalled(),
    });
    scope.own("no packet timer", () => this.#noPacket.stop());
  }

  /** The turn that is listened to. */
  get current(): Turn | undefined {
    return this.#current;
  }

  /** Whether the button was released, and its turn goes on: what comes now is none of it. */
  get released(): boolean {
    return this.#press.released;
  }

  /** Listens to a turn; with a button, all that comes from now on is its own. */
  begin(turn: Turn): void {
    this.#current = turn;
    this.#ingest.listenAs(turn.mode);
    this.#ingest.urgent = turn.mode !== "manual";
    if (turn.mode === "manual") turn.recognition.keep(this.#ingest.freshSeq);
    this.judge();
  }

  /** The button was released at `atMs`: everything that was heard belongs to the turn. */
  release(atMs: number): void {
    this.#press.release(atMs);
    this.#endPress();
  }

  /** A packet came. */
  packet(): void {
    this.#noPacket.packet();
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
      case "speech_confirmed":
        if (turn.phase === "hearing") this.#turns.speechConfirmed(turn);
        return;
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

  /** Ends a turn of which the recognizer has heard no word with packet `seq`, in which speech pauses. */
  endInPause(seq: number): void {
    const turn = this.#current;
    if (turn !== undefined && !turn.recognition.spoken) this.#finish(turn, seq);
  }

  /** Listens to the turn no more, though its sound may be the next one's. */
  leave(): void {
    this.#current = undefined;
    this.#press.end();
    this.#noPacket.stop();
  }

  /** What has come so far is no turn's. */
  drop(): void {
    this.leave();
    this.#ingest.skipAll();
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
    const startSeq = this.#options.cooldown.speechStarted(seq);
    if (startSeq === undefined) return;
    const { freshSeq } = this.#ingest;
    const paddedSeq = startSeq - this.#ingest.packetsOf(this.#padMs(turn));
    // All that came since the button was pressed is meant to be heard, a whisper before it as well.
    this.#begin(turn, turn.mode === "manual" ? freshSeq : Math.max(paddedSeq, freshSeq));
  }

  /** How much of the sound before speech goes with it, in ms. */
  #padMs({ agent: { pipeline }, endsByService }: Turn): number {
    const { speechPadMs } = this.#options.config;
    const isBilled = endsByService && pipeline.startsBy === "detector";
    return isBilled ? Math.min(speechPadMs, BILLED_PAD_MS) : speechPadMs;
  }

  /**
   * A button says by itself when speech has ended, and between utterances a crash passes unnoticed; but nobody shall speak
   * to a detector that stays away.
   */
  #detectorFailed(turn: Turn, error: EarshotError): void {
    if (turn.mode === "manual") return;
    if (turn.phase !== "hearing") {
      if (error.code === "engine.unavailable") this.#turns.unheard(error, turn.agent);
      return;
    }
    this.drop();
    this.#turns.fail(turn, error);
    this.#options.next();
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
      onPartial: (text) => this.#turns.partial(turn, text),
      onAhead: (ahead) => this.#turns.ahead(turn, ahead),
      ...(turn.endsByService && {
        onEndpoint: () => this.#current === turn && this.#finish(turn, this.#ingest.judgedSeq),
      }),
    });
    this.#options.onBegun(turn);
    this.#turns.speechBegan(turn);
    if (turn.mode !== "manual") this.#noPacket.start();
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
      this.drop();
      this.#turns.cancel(turn);
      this.#options.onNothing();
      return this.#turns.nothingSaid();
    }
    // The detector may have missed a short or a quiet word: all that is held is recognized rather than lost.
    this.#begin(turn, this.#ingest.freshSeq);
    if (this.#press.goesOnAfterPause) turn.recognition.resume();
    this.#finish(turn, this.#press.lastSeq, this.#press.releasedMs);
  }

  /** Nothing has come for so long, and all that came was judged: nobody goes on. */
  #endStalled(): void {
    const turn = this.#current;
    if (!this.#noPacket.passed || turn === undefined || turn.mode === "manual" || turn.phase !== "hearing") {
      return;
    }
    if (this.#ingest.allJudged) this.#finish(turn, this.#ingest.lastSeq);
  }

  /**
   * All up to packet `throughSeq` is the turn's; what comes afterward, or has come already, is the next one's. At
   * `endedMs` the device has said so, where it does.
   */
  #finish(turn: Turn, throughSeq: number, endedMs?: number): void {
    const { recognition } = turn;
    if (turn.phase !== "hearing") return;
    const goesOn = this.#options.goesOn(turn);
    const end = goesOn && turn.endsByService ? recognition.sentenceEnd : undefined;
    const next = end && this.#ingest.soundAfter(end, throughSeq);
    const nextSeq = next?.fromSeq ?? throughSeq + 1;
    recognition.finish(nextSeq - 1, { takenMs: next?.durationMs ?? 0, endedMs });
    this.leave();
    this.#ingest.beginWith(nextSeq);
    if (this.#options.scope.state !== "open") return;
    this.#turns.recognize(turn);
    if (goesOn) this.#options.next();
  }
}
