import type { Agent } from "../agents/mod.ts";
import type { Scope } from "../lifecycle/mod.ts";
import type { Answering } from "./answering/answering.ts";
import type { Replies } from "./answering/replies.ts";
import type { SessionCounters } from "./counters.ts";
import type { RoomSeat } from "./rooms/room_seat.ts";
import type { WakeVerdict } from "./rooms/wake_ups.ts";
import type { Turn } from "./turn.ts";

/** Options of {@linkcode Greetings}. */
export interface GreetingsOptions {
  readonly scope: Scope;
  readonly counters: SessionCounters;
  readonly replies: Replies;
  readonly answering: Answering;
  /** The device's place in its room. */
  readonly seat: RoomSeat;
  /** Begins a turn that greets. */
  readonly open: (agent: Agent) => Turn;
  /** Does what such a turn is there for, and closes it. */
  readonly own: (turn: Turn, work: () => Promise<void>) => void;
  /** Gives every turn up. */
  readonly cancelAll: () => void;
  /** Whether nobody has spoken to the device since it was woken. */
  readonly unspoken: () => boolean;
  /** Told that the device begins to play something. */
  readonly onStarted: (turn: Turn) => void;
  /** Told that another device of the room is meant: nobody speaks to this one. */
  readonly onYielded: () => void;
}

/** What a device that was woken is told: a greeting, or nothing where another device of its room is meant. */
export class Greetings {
  readonly #options: GreetingsOptions;
  #current: Turn | undefined;
  #answered = false;

  /** Nobody was woken. */
  constructor(options: GreetingsOptions) {
    this.#options = options;
  }

  /** The turn that greets, until that was played. */
  get current(): Turn | undefined {
    return this.#current;
  }

  /** Whether a question was answered since the device was woken. */
  get answered(): boolean {
    return this.#answered;
  }

  /** A question is answered. */
  questionAnswered(): void {
    this.#answered = true;
  }

  /** The device was woken: it is greeted. */
  woken(text: string, agent: Agent): void {
    const { replies, seat, open, cancelAll } = this.#options;
    if (agent.answers === undefined) return replies.echo(text);
    cancelAll();
    const turn = open(agent);
    this.#answered = false;
    const verdict = seat.wake(turn.signal);
    if (verdict === undefined) replies.understood(text, turn.signal);
    this.#greet(turn, async () => {
      if (verdict === undefined) return true;
      const { answers, certain } = await verdict;
      if (turn.signal.aborted) return false;
      if (answers) replies.understood(text, turn.signal);
      else this.#yield({ answers, certain });
      return answers;
    });
  }

  /** A wake word has interrupted the device, which listens again and is not greeted. */
  wokenAgain(): void {
    const { seat, scope } = this.#options;
    this.#answered = false;
    const verdict = seat.wake(scope.signal);
    if (verdict !== undefined) scope.run("wake-up in a room", async () => this.#yield(await verdict));
  }

  /** Another device of the room is meant after all. */
  takenOver(): void {
    const { replies, cancelAll } = this.#options;
    const { stops } = replies;
    cancelAll();
    this.#yield({ answers: false, certain: true }, { stopped: replies.stops > stops });
  }

  #greet(turn: Turn, isMeant: () => Promise<boolean>): void {
    const { answering, own, onStarted } = this.#options;
    own(turn, async () => {
      turn.answer();
      this.#current = turn;
      try {
        if (await isMeant()) await answering.say("greeting", turn.signal, () => onStarted(turn));
      } finally {
        if (this.#current === turn) this.#current = undefined;
      }
    });
  }

  /**
   * Another device of the room answers a wake-up. Firmware that listens goes on doing so after a `tts stop`; only with the
   * connection it becomes idle.
   */
  #yield({ answers, certain }: WakeVerdict, { stopped = false } = {}): void {
    const { scope, replies, counters, unspoken, onYielded } = this.#options;
    if (answers || scope.state !== "open") return;
    counters.roomYielded++;
    if (!stopped) replies.stop();
    if (certain && unspoken()) onYielded();
  }
}
