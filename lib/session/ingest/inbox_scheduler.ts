import { Deque } from "@std/data-structures";
import type { Clock } from "../../lifecycle/mod.ts";

/**
 * For how long messages are handled before the event loop turns, in ms. Sockets, timers and the engine's pipes wait for
 * that long; at the pace of speech a thousand devices come to it some 30 times a second.
 */
const WORK_MS = 8;
/** The same where the rest of the loop takes longer, as when it reads floods: handling then has half of the time. */
const MAX_WORK_MS = 50;

/** Something with messages that wait. */
export interface ScheduledInbox {
  /** Handles the next message at `nowMs`; says whether more wait. Must not throw. */
  handleNext(nowMs: number): boolean;
}

/**
 * Round robin over the inboxes of the process, sparse ones first, as fair queueing has it (RFC 8290): whoever had
 * nothing waiting is handled before those with a backlog, and of those each has one message handled a round. So a
 * device that sends at the pace of speech waits for others like it, and if it falls behind, for one message of each of
 * the rest, however much those have sent. In between the event loop turns, or the microtasks in which the runtime hands
 * messages over would never end.
 */
export class InboxScheduler {
  readonly #clock: Clock;
  readonly #sparse = new Deque<ScheduledInbox>();
  readonly #backlogged = new Deque<ScheduledInbox>();
  #awake = false;
  #closed = false;
  #workMs = 0;
  #limitMs = WORK_MS;
  #restedMs = 0;
  #mustTurn = false;
  /** However many sparse ones come, whenever the loop has turned one with a backlog is first, so that none starves. */
  #owesBacklog = false;
  #cancelRest: (() => void) | undefined;

  /** Nobody waits at first. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Has the member's messages handled, in turn, until it says that none is left; it must not be among them already. */
  join(member: ScheduledInbox): void {
    this.#sparse.pushBack(member);
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
    this.#sparse.clear();
    this.#backlogged.clear();
  }

  readonly #wake = () => {
    this.#cancelRest = undefined;
    const elsewhereMs = this.#clock.nowMs() - this.#restedMs;
    this.#limitMs = Math.min(Math.max(elsewhereMs, WORK_MS), MAX_WORK_MS);
    this.#owesBacklog = true;
    this.#run();
  };

  readonly #run = () => {
    let beganMs = this.#clock.nowMs();
    for (let member = this.#next(); member !== undefined; member = this.#next()) {
      if (member.handleNext(beganMs)) this.#backlogged.pushBack(member);
      const nowMs = this.#clock.nowMs();
      this.#workMs += nowMs - beganMs;
      beganMs = nowMs;
      if (this.#mustTurn || this.#workMs >= this.#limitMs) return this.#rest();
    }
    this.#awake = false;
  };

  #next(): ScheduledInbox | undefined {
    if (this.#closed) return undefined;
    const owed = this.#owesBacklog ? this.#backlogged.popFront() : undefined;
    this.#owesBacklog = false;
    return owed ?? this.#sparse.popFront() ?? this.#backlogged.popFront();
  }

  /** Also when nobody waits any more: the next message may be on its way among the same microtasks. */
  #rest(): void {
    this.#workMs = 0;
    this.#mustTurn = false;
    this.#restedMs = this.#clock.nowMs();
    if (!this.#closed) this.#cancelRest = this.#clock.schedule(0, this.#wake);
  }
}
