import { Deque } from "@std/data-structures";
import type { Clock } from "../lifecycle/mod.ts";

/**
 * For how long messages are handled before the event loop turns, in ms. Sockets, timers and the engine's pipes wait for
 * that long; at the pace of speech a thousand devices come to it some 30 times a second.
 */
const WORK_MS = 8;

/** Something with messages that wait. */
export interface RoundMember {
  /** Handles the next message at `nowMs`; says whether more wait. Must not throw. */
  handleNext(nowMs: number): boolean;
}

/**
 * Round robin over the inboxes of the process: whoever has messages waiting has one handled a round, so a device that
 * sends at the pace of speech waits for one message of each of the others, however much those have sent. In between
 * the event loop turns, or the microtasks in which the runtime hands messages over would never end.
 */
export class InboxRounds {
  readonly #clock: Clock;
  readonly #members = new Deque<RoundMember>();
  #awake = false;
  #closed = false;
  #workMs = 0;
  #mustTurn = false;
  #cancelRest: (() => void) | undefined;

  /** Nobody waits at first. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Has the member's messages handled, in turn, until it says that none is left; it must not be among them already. */
  join(member: RoundMember): void {
    this.#members.pushBack(member);
    if (this.#awake || this.#closed) return;
    this.#awake = true;
    queueMicrotask(this.#run);
  }

  /** Lets the event loop turn before anything more is handled; called by a member that is being handled. */
  turnLoop(): void {
    this.#mustTurn = true;
  }

  /** Handles nothing more. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#cancelRest?.();
    this.#members.clear();
  }

  readonly #run = () => {
    this.#cancelRest = undefined;
    let beganMs = this.#clock.nowMs();
    for (let member = this.#next(); member !== undefined; member = this.#next()) {
      if (member.handleNext(beganMs)) this.#members.pushBack(member);
      const nowMs = this.#clock.nowMs();
      this.#workMs += nowMs - beganMs;
      beganMs = nowMs;
      if (this.#mustTurn || this.#workMs >= WORK_MS) return this.#rest();
    }
    this.#awake = false;
  };

  #next(): RoundMember | undefined {
    return this.#closed ? undefined : this.#members.popFront();
  }

  /** Also when nobody waits any more: the next message may be on its way among the same microtasks. */
  #rest(): void {
    this.#workMs = 0;
    this.#mustTurn = false;
    if (!this.#closed) this.#cancelRest = this.#clock.schedule(0, this.#run);
  }
}
