import { getLogger } from "@logtape/logtape";
import { EarshotError } from "../errors/mod.ts";
import { type Clock, pause, raceSignal } from "../lifecycle/mod.ts";
import type { OutgoingEvent } from "./event.ts";
import { EventQueue } from "./event_queue.ts";

/** How often an event is tried, and how long after its first try the last one may begin, in ms. */
const MAX_TRIES = 5;
const MAX_TRYING_MS = 600_000;
/** The pauses between tries, in ms. */
const PAUSES_MS = [1_000, 4_000, 15_000, 60_000] as const;
/** How long what waits may take when the process ends, in ms. */
const DRAIN_MS = 1_700;

const logger = getLogger(["earshot", "automation"]);

/** What is sent where, in the config's words. */
export type SinkName = "webhook" | "mqtt";

/** What became of the events of a sink. */
export interface DeliveryStats {
  /** How many wait, the one under way among them. */
  readonly queued: number;
  /** How many were taken by the other side. */
  readonly sent: number;
  /** Tries that failed and are made again after a pause. */
  readonly retries: number;
  /** How many were refused, or given up after the last try. */
  readonly failed: number;
  /** How many were lost for want of room, or at the end of the process. */
  readonly dropped: number;
}

/** Options of a {@linkcode Delivery}. */
export interface DeliveryOptions {
  readonly sink: SinkName;
  /**
   * Sends one event, by a deadline of its own. Rejects with an error that says by `retryable` whether it may be tried
   * again; its message, which is logged, has none of the event's text.
   */
  readonly send: (event: OutgoingEvent, signal: AbortSignal) => Promise<void>;
  /** How long the other side wants to be left alone after an error, in ms. */
  readonly restMs?: (error: EarshotError) => number | undefined;
  readonly clock: Clock;
}

/** Brings events to one receiver, one at a time and in their order; nobody waits for it. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #queue = new EventQueue();
  readonly #given = new AbortController();
  readonly #stopping = new AbortController();
  #current: OutgoingEvent | undefined;
  #running: Promise<void> | undefined;
  #sent = 0;
  #retries = 0;
  #failed = 0;
  #lost = 0;
  #ailing = false;

  /** Sends nothing yet. */
  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** What became of events so far. */
  get stats(): DeliveryStats {
    return {
      queued: this.#queue.length + (this.#current === undefined ? 0 : 1),
      sent: this.#sent,
      retries: this.#retries,
      failed: this.#failed,
      dropped: this.#queue.dropped + this.#lost,
    };
  }

  /** Takes an event in, at once. */
  push(event: OutgoingEvent): void {
    if (this.#stopping.signal.aborted) {
      this.#lost++;
      return;
    }
    this.#queue.push(event);
    this.#running ??= this.#run();
  }

  /** Drops what waits of a device; what is on its way cannot be called back. */
  forget(deviceId: string): void {
    this.#queue.forget(deviceId);
  }

  /** Sends what waits within a deadline, and drops the rest. Takes in no more. May be called twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const cancel = this.#options.clock.schedule(DRAIN_MS, () => this.#given.abort());
    await this.#running;
    cancel();
  }

  async #run(): Promise<void> {
    // Whoever publishes goes on first.
    await Promise.resolve();
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
      this.#current = event;
      const isDone = await this.#deliver(event);
      this.#current = undefined;
      if (isDone) continue;
      this.#lost++;
      this.#queue.drop();
    }
    this.#running = undefined;
  }

  /** Tries until it is sent or refused; `false` where it is given up since the process ends. */
  async #deliver(event: OutgoingEvent): Promise<boolean> {
    const { send, clock } = this.#options;
    const { signal } = this.#given;
    const firstMs = clock.nowMs();
    for (let tries = 1;; tries++) {
      const failure = await raceSignal(send(event, signal), signal).then(() => undefined, EarshotError.from);
      if (failure === undefined) {
        this.#sent++;
        this.#recovered();
        return true;
      }
      if (signal.aborted) return false;
      this.#told(failure);
      const pauseMs = Math.max(PAUSES_MS[tries - 1] ?? 0, this.#options.restMs?.(failure) ?? 0);
      const isLast = tries === MAX_TRIES || clock.nowMs() + pauseMs - firstMs > MAX_TRYING_MS;
      if (!failure.retryable || isLast) {
        this.#failed++;
        return true;
      }
      this.#retries++;
      // What fails while the process ends is not waited for.
      if (!await this.#rest(pauseMs)) return false;
    }
  }

  /** Waits, unless the process ends. */
  async #rest(ms: number): Promise<boolean> {
    const { signal } = this.#stopping;
    return await pause(ms, { clock: this.#options.clock, signal }).then(() => true, () => false);
  }

  #told({ code, message, entry: { remedy } }: EarshotError): void {
    if (this.#ailing) return;
    this.#ailing = true;
    const { sink } = this.#options;
    logger.warn("Events do not reach automation.{sink}: {message}", { sink, code, message, remedy });
  }

  #recovered(): void {
    if (this.#ailing) logger.info("Events reach automation.{sink} again", { sink: this.#options.sink });
    this.#ailing = false;
  }
}
