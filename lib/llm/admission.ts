import { EarshotError } from "../errors/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import { serviceError, type ServiceName } from "../service/mod.ts";
import { RefusedFlows } from "./refused_flows.ts";

/** Options of an {@linkcode Admission}. */
export interface AdmissionOptions {
  /** Named in errors. */
  readonly service: ServiceName;
  /** The time source. */
  readonly clock: Clock;
  /** How many requests may be under way at once. */
  readonly maxConcurrent: number;
  /** How many may wait. */
  readonly queue: number;
  /** How long one may wait, in ms. */
  readonly queueTimeoutMs: number;
}

/** How many requests there are. */
export interface AdmissionStats {
  /** Under way, those ahead of time included. */
  readonly active: number;
  /** Under way ahead of time. */
  readonly ahead: number;
  /** Waiting for a place. */
  readonly waiting: number;
  /** Refused so far: the queue was full, or the wait too long. */
  readonly refused: number;
}

/** A place among the requests that are under way. */
export interface Place {
  /** Gives it back; may be called twice. */
  release(): void;
}

/** The place of a request ahead of time, which any real request may take. */
export interface AheadPlace extends Place {
  /**
   * Makes it the place of its device's real request. `false` when it is gone, or when the device has a real request
   * already, in which case it is given up.
   */
  promote(): boolean;
}

interface Waiter {
  readonly flow: string;
  /** When its flow was refused first, in the order of all; `Infinity` for one that was not. */
  readonly refusedAt: number;
  /** When it came. */
  order: number;
  readonly admit: (place: Place) => void;
  readonly refuse: (error: EarshotError) => void;
}

/**
 * Who may ask a service now. Real requests wait in a bounded queue: one at a time of each flow (a device), first those
 * whose flow was refused lately, then as they came; a flow whose request has ended stands behind all who wait. A request
 * ahead of time takes a free place only, and loses it to any real one.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  /** The flows that have a real request under way. */
  readonly #flows = new Set<string>();
  /** Places of requests ahead of time by their flow, the newest last. */
  readonly #ahead = new Map<string, HeldPlace>();
  readonly #refusedFlows: RefusedFlows;
  /** In the order in which they are served. */
  readonly #waiting: Waiter[] = [];
  #order = 0;
  #refused = 0;

  /** All places are free. */
  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#refusedFlows = new RefusedFlows(options.clock);
  }

  /** How many requests there are. */
  get stats(): AdmissionStats {
    return {
      active: this.#taken,
      ahead: this.#ahead.size,
      waiting: this.#waiting.length,
      refused: this.#refused,
    };
  }

  /**
   * A place for a real request of `flow`, as soon as there is one; aborting `signal` ends the wait, not the place.
   * Rejects with `llm.busy` when the queue is full or the wait too long, or with `canceled`.
   */
  enter(flow: string, signal: AbortSignal): Promise<Place> {
    if (signal.aborted) return Promise.reject(canceled(signal));
    if (!this.#flows.has(flow) && this.#hasRoom) return Promise.resolve(this.#grant(flow));
    if (this.#waiting.some((waiter) => waiter.flow === flow)) {
      this.#refused++; // Not remembered: what asks twice at once has no right to go first.
      return Promise.reject(this.#busy("a question of this device waits already"));
    }
    return this.#wait(flow, signal);
  }

  /**
   * A free place for a request ahead of time; `undefined` without one, or while `flow` has a real request. A former one of
   * the same flow is given up. `onGivenUp` is told when a real request takes the place; it must not throw.
   */
  enterAhead(flow: string, onGivenUp: () => void): AheadPlace | undefined {
    this.#ahead.get(flow)?.giveUp();
    const { maxConcurrent } = this.#options;
    if (this.#taken >= maxConcurrent || this.#flows.has(flow)) return undefined;
    if (this.#waiting.some((waiter) => waiter.flow === flow)) return undefined;
    const place = new HeldPlace({
      onReleased: () => {
        this.#ahead.delete(flow);
        this.#admitNext();
      },
      onGivenUp: () => {
        this.#ahead.delete(flow);
        onGivenUp();
      },
      onPromoted: () => {
        this.#ahead.delete(flow);
        if (this.#flows.has(flow)) {
          this.#admitNext();
          return undefined;
        }
        return this.#hold(flow);
      },
    });
    this.#ahead.set(flow, place);
    return place;
  }

  /** Another service has answered `flow`: it does not go first here. */
  forget(flow: string): void {
    this.#refusedFlows.delete(flow);
  }

  get #taken(): number {
    return this.#flows.size + this.#ahead.size;
  }

  /** Whether a real request finds a place: a free one, or that of a request ahead of time. */
  get #hasRoom(): boolean {
    return this.#flows.size < this.#options.maxConcurrent;
  }

  #wait(flow: string, signal: AbortSignal): Promise<Place> {
    const { clock, queueTimeoutMs } = this.#options;
    const outcome = Promise.withResolvers<Place>();
    const settle = () => {
      cancelDeadline();
      signal.removeEventListener("abort", onAbort);
    };
    const waiter: Waiter = {
      flow,
      refusedAt: this.#refusedFlows.get(flow) ?? Infinity,
      order: this.#order++,
      admit: (place) => {
        settle();
        outcome.resolve(place);
      },
      refuse: (error) => {
        settle();
        outcome.reject(error);
      },
    };
    const onAbort = () => {
      this.#remove(waiter);
      waiter.refuse(canceled(signal));
    };
    const cancelDeadline = clock.schedule(
      queueTimeoutMs,
      () => this.#refuse(waiter, `no place became free within ${queueTimeoutMs} ms`),
    );
    signal.addEventListener("abort", onAbort, { once: true });
    this.#insert(waiter);
    this.#bound();
    return outcome.promise;
  }

  /** Where one too many waits, the one that would be served last is told. */
  #bound(): void {
    const { queue } = this.#options;
    const last = this.#waiting.length > queue ? this.#waiting.at(-1) : undefined;
    if (last !== undefined) this.#refuse(last, `${this.#taken} answers are under way, and ${queue} wait`);
  }

  #refuse(waiter: Waiter, detail: string): void {
    this.#remove(waiter);
    this.#refused++;
    // A device that is being answered has its turn already.
    if (!this.#flows.has(waiter.flow)) this.#refusedFlows.add(waiter.flow, this.#order++);
    waiter.refuse(this.#busy(detail));
  }

  #insert(waiter: Waiter): void {
    const behind = this.#waiting.findLastIndex((other) => !isBefore(waiter, other));
    this.#waiting.splice(behind + 1, 0, waiter);
  }

  #remove(waiter: Waiter): void {
    const index = this.#waiting.indexOf(waiter);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  #admitNext(): void {
    while (this.#hasRoom) {
      const next = this.#waiting.find(({ flow }) => !this.#flows.has(flow));
      if (next === undefined) return;
      this.#remove(next);
      next.admit(this.#grant(next.flow));
    }
  }

  /** A place for a real request, free or taken from one ahead of time: its own flow's, else the newest. */
  #grant(flow: string): Place {
    const { maxConcurrent } = this.#options;
    const victim = this.#taken < maxConcurrent
      ? undefined
      : this.#ahead.get(flow) ?? [...this.#ahead.values()].at(-1);
    const place = new HeldPlace({ onReleased: this.#hold(flow) });
    victim?.giveUp();
    return place;
  }

  /** `flow` has a real request from now on, until what is returned is called. */
  #hold(flow: string): () => void {
    this.#flows.add(flow);
    this.#refusedFlows.delete(flow);
    return () => {
      this.#flows.delete(flow);
      const own = this.#waiting.find((waiter) => waiter.flow === flow);
      if (own !== undefined) {
        this.#remove(own);
        own.order = this.#order++;
        this.#insert(own);
      }
      this.#admitNext();
    };
  }

  #busy(detail: string): EarshotError {
    return serviceError(this.#options.service, "busy", { detail });
  }
}

/** What a {@linkcode HeldPlace} does; each is called once at most. */
interface PlaceActions {
  readonly onReleased: () => void;
  readonly onGivenUp?: () => void;
  /** Gives what releases it as a real one, if it may be one. */
  readonly onPromoted?: () => (() => void) | undefined;
}

class HeldPlace implements AheadPlace {
  readonly #actions: PlaceActions;
  #release: (() => void) | undefined;

  constructor(actions: PlaceActions) {
    this.#actions = actions;
    this.#release = actions.onReleased;
  }

  release(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  giveUp(): void {
    if (this.#release === undefined) return;
    this.#release = undefined;
    this.#actions.onGivenUp?.();
  }

  promote(): boolean {
    if (this.#release === undefined) return false;
    this.#release = this.#actions.onPromoted?.();
    return this.#release !== undefined;
  }
}

function isBefore(one: Waiter, other: Waiter): boolean {
  if (one.refusedAt !== other.refusedAt) return one.refusedAt < other.refusedAt;
  return one.order < other.order;
}

function canceled({ reason }: AbortSignal): EarshotError {
  return new EarshotError("canceled", "Cannot wait for a place: the question was given up", {
    cause: reason,
  });
}
