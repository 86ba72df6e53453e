import type { Agent } from "../../agents/mod.ts";
import type { EarshotError } from "../../errors/mod.ts";
import type { ListenMode } from "../../protocol/mod.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { TurnWords } from "../recognition.ts";
import type { SessionContext } from "../session_context.ts";
import type { Turn } from "../turn.ts";
import type { Overload } from "../overload/overload.ts";
import { ListeningGate } from "./listening_gate.ts";
import { NoSpeechTimer } from "./no_speech_timer.ts";
import { RecognizerCooldown } from "./recognizer_cooldown.ts";
import type { TurnOwner } from "./turn_owner.ts";
import { TurnTracker } from "./turn_tracker.ts";

/** How many turns may wait for their words while the next one is already being heard (realtime mode). */
const MAX_TURNS = 4;

/** Options of a {@linkcode Listening}. */
export interface ListeningOptions extends SessionContext {
  readonly ingest: Ingest;
  readonly turns: TurnOwner;
  /** Who is heard in the whole process; everybody without it. */
  readonly overload: Overload | undefined;
  /** The agent of a turn that starts. */
  readonly agentOf: () => Agent;
}

/** When the device is listened to: by its `listen` messages, and until nobody speaks any more. */
export class Listening {
  /** The turn that is listened to, which is told of the sound. */
  readonly tracker: TurnTracker;
  readonly #options: ListeningOptions;
  readonly #ingest: Ingest;
  readonly #turns: TurnOwner;
  readonly #noSpeech: NoSpeechTimer;
  readonly #cooldown: RecognizerCooldown;
  readonly #gate: ListeningGate;
  #mode: ListenMode | undefined;
  #draining = false;
  /** Whether the device plays something, and what it hears is that. */
  #deaf = false;

  /** Nobody is listened to before `start`. */
  constructor(options: ListeningOptions) {
    const { ingest, turns, clock } = options;
    this.#options = options;
    this.#ingest = ingest;
    this.#turns = turns;
    this.#noSpeech = new NoSpeechTimer(clock);
    this.#cooldown = new RecognizerCooldown(options);
    this.#gate = new ListeningGate({ ...options, onOpen: () => this.#opened() });
    this.tracker = new TurnTracker({
      ...options,
      cooldown: this.#cooldown,
      goesOn: (turn) => this.#goesOn(turn),
      next: () => this.#arm(),
      onNothing: () => this.#settle(),
      onBegun: ({ endsByService }) => {
        // Where the recognizer tells, somebody speaks once it has heard a word.
        if (!endsByService) this.#noSpeech.pause();
      },
    });
  }

  /** How the device listens, while it does. */
  get mode(): ListenMode | undefined {
    return this.#mode;
  }

  /** For how long the device has been listened to without anybody speaking, in ms; 0 while somebody may be. */
  get waitedMs(): number {
    return this.#noSpeech.counting && !this.#turns.spoken ? this.#noSpeech.waitedMs : 0;
  }

  /** `listen start`: what came before does not belong to the new turn. */
  start(mode: ListenMode): void {
    this.tracker.drop();
    // Without a button a device begins by itself once it is told that nothing more is to be played.
    this.#turns.cancelAll({ butGreeting: true, butTyped: mode !== "manual" });
    this.#mode = mode;
    this.#deaf = this.#turns.greets;
    if (mode === "manual") this.#noSpeech.stop();
    else this.#noSpeech.restart();
    this.#cooldown.end();
    if (this.#deaf) this.#noSpeech.pause();
    else this.#arm({ asked: true });
  }

  /** `listen stop`, which came at `receivedMs`: everything that was heard belongs to the utterance. */
  stop(receivedMs: number): void {
    this.#mode = undefined;
    this.#noSpeech.stop();
    if (this.tracker.current !== undefined) return this.tracker.release(receivedMs);
    this.#gate.leave();
    this.#turns.nothingSaid();
  }

  /** `abort`: nothing of an old turn may reach the device afterward. */
  abort(): void {
    this.#cancelTurns();
    this.#deaf = false;
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
    this.#gate.leave();
  }

  /**
   * Hears the utterance that is under way to its end, and no further one. Where the recognizer is to say the end, and has
   * not heard a word yet, a pause is the end, as it may give words only after one, or never. May be called twice.
   */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    if (this.#gate.shut) this.#gate.leave();
    const turn = this.tracker.current;
    // With a button held down somebody may be speaking although the detector has not noticed yet.
    if (turn?.phase === "waiting" && turn.mode !== "manual") {
      this.tracker.leave();
      this.#turns.cancel(turn);
    }
    if (turn?.endsByService) this.#ingest.watchPauses((seq) => this.tracker.endInPause(seq));
  }

  /** Whether somebody listens to what comes now. */
  get wantsSound(): boolean {
    return this.tracker.current !== undefined ||
      (this.#mode !== undefined && !this.#draining && !this.#deaf);
  }

  /** A packet came: whether it is sound, if the device is refused and so it is not heard. */
  refuses(opus: Uint8Array): boolean | undefined {
    return this.#gate.shut ? this.#gate.packet(opus) : undefined;
  }

  /** One more packet was kept. */
  heard(): void {
    if (this.tracker.released) this.#options.counters.audioUnlistened++;
    else this.tracker.packet();
  }

  /** The words of a turn are known, or it has failed. */
  recognized(turn: Turn, outcome: TurnWords | EarshotError): void {
    this.#cooldown.after(turn, outcome);
    this.#ingest.recognized();
    this.#settle();
    if (this.#mode !== "auto" && this.#mode !== "realtime") return;
    if ("text" in outcome && outcome.text !== "") {
      this.#noSpeech.restart();
      this.#noSpeech.pause();
    }
  }

  /** The device plays something; what it hears is the next turn's only where `interruptible`. */
  speaking({ interruptible }: { readonly interruptible: (turn: Turn) => boolean }): void {
    this.#noSpeech.pause();
    const turn = this.tracker.current;
    if (this.#mode === "manual" || (turn !== undefined && interruptible(turn))) return;
    this.#deaf = true;
    if (turn === undefined) return this.#ingest.skipAll();
    this.tracker.drop();
    this.#turns.cancel(turn);
    this.#settle();
  }

  /** Another agent has taken over: a turn in which nobody has spoken yet begins anew with it. */
  agentChanged(): void {
    const turn = this.tracker.current;
    if (turn?.phase !== "waiting" || turn.mode === "manual") return;
    this.tracker.leave();
    this.#turns.cancel(turn);
    this.#arm();
  }

  /** Nothing is left to play of what a turn came to. */
  answered(): void {
    if (this.#turns.busy && (this.#deaf || this.tracker.current !== undefined)) return;
    this.#deaf = false;
    if ((this.#mode === "auto" || this.#mode === "realtime") && !this.#turns.busy) this.#noSpeech.resume();
    this.#yield();
    this.#settle();
    // Firmware that was in speaking asks again; one that never left listening goes on sending.
    if (this.tracker.current === undefined) this.#arm();
  }

  #arm({ asked = false } = {}): void {
    const { scope, agentOf } = this.#options;
    if (this.#mode === undefined || this.#draining || scope.state !== "open") return;
    const agent = agentOf();
    if (!this.#gate.admit(this.#mode, agent, { asked })) {
      // It is not for want of speech that nobody is heard.
      this.#noSpeech.pause();
      return this.#ingest.skipAll();
    }
    this.#ingest.use(agent.pipeline);
    this.#cooldown.forget();
    this.tracker.begin(this.#turns.open(this.#mode, agent));
  }

  /**
   * Whether what is said after a turn is the next one's: the microphone stays open in realtime mode, and until the button
   * is released; in auto mode until the device begins to play the answer.
   */
  #goesOn({ agent }: Turn): boolean {
    const open = this.#mode === "realtime" || this.#mode === "manual" ||
      (this.#mode === "auto" && agent.answers !== undefined);
    return open && !this.#deaf && this.#turns.unanswered < MAX_TURNS && !this.#draining;
  }

  /** The device was refused, and there is room for it now. */
  #opened(): void {
    if (this.#mode === undefined || this.#draining) return this.#gate.leave();
    // What it plays may be that it was refused; then it is listened to once that was played.
    if (this.#deaf) return;
    this.#noSpeech.restart();
    this.#cooldown.end();
    this.#arm();
  }

  /** An open microphone never stops to be listened to: between two turns others have their turn. */
  #yield(): void {
    const turn = this.tracker.current;
    if (this.#mode !== "realtime" || turn?.phase !== "waiting" || !this.#gate.contended) return;
    this.tracker.drop();
    this.#turns.cancel(turn);
  }

  /** Once nothing of it is heard nor understood any more, others may be. */
  #settle(): void {
    if (this.tracker.current === undefined && this.#turns.unanswered === 0) this.#gate.giveBack();
  }

  #cancelTurns(): void {
    this.tracker.drop();
    this.#turns.cancelAll();
    this.#settle();
  }
}
