import { EarshotError } from "../errors/mod.ts";
import type { ServiceFault } from "../errors/mod.ts";
import { raceSignal } from "../lifecycle/mod.ts";
import type { Connection, ConnectionHandlers, SocketEnd } from "../net/mod.ts";
import { EventQueue, type EventQueueOptions } from "./event_queue.ts";
import { connectionError, endedError, type FaultFacts, serviceError } from "./service_error.ts";
import type { ServiceName } from "./service_name.ts";

/** How many messages of a service one stream may bring: far more than its sound has frames. */
const MAX_MESSAGES = 20_000;

/** How much they may measure together, in bytes: far more than anybody can say in that time. */
const MAX_RECEIVED_BYTES = 16_777_216;

/** What a {@linkcode Wire} can do. */
export interface WireIo {
  /** Named in errors. */
  readonly service: ServiceName;
  /** What the service calls itself, where it does; known once the connection is up. */
  readonly software: string | undefined;
  /** Sends a message to the service. */
  send(message: string | Uint8Array): void;
  /** Asks whether the service is there, where the connection can; `onAnswer` is called once it says so. */
  ping(onAnswer: () => void): void;
  /** The service is ready for input; before that none is written. */
  started(): void;
  /** The service has said all; a `spent` connection takes no further stream. Default: it does. */
  ended(connection?: { readonly spent: boolean }): void;
  /** The service failed in this way. */
  fail(fault: ServiceFault, facts?: FaultFacts): void;
}

/** How one service talks, for one stream; everything it throws fails the stream. */
export interface Wire<Input> {
  /** The connection is up. */
  opened(): void;
  /** A message of the service. */
  received(message: string | Uint8Array): void;
  /** Input, after `started` and before `finish`. */
  write(input: Input): void;
  /**
   * No more input comes; called once. With `lastSeq`, input after that number is not part of it, which helps only
   * a wire that has not sent it yet.
   */
  finish(lastSeq?: number): void;
  /** The service ended the connection; may call `ended`. Default: that is a failure. */
  closed?(end: SocketEnd): void;
  /** The stream is over: stop what still runs, such as a timer. */
  released?(): void;
}

/** Options of a {@linkcode WireStream}. */
export interface WireStreamOptions {
  /** Named in errors. */
  readonly service: ServiceName;
  /** Opens the connection. */
  readonly connect: (handlers: ConnectionHandlers, signal: AbortSignal) => Promise<Connection>;
  /** Called when a stream that was not `writable` is again. */
  readonly onWritable?: (() => void) | undefined;
  /** Given the connection once the service has said all, in order to keep it; otherwise it is closed. */
  readonly keep?: (connection: Connection) => void;
}

/**
 * A stream of events over a connection that carries messages; a stage adds its own events and gives the wire. The
 * base class opens, bounds and ends it. Aborting `signal` destroys the connection.
 */
export abstract class WireStream<Input, Event> implements WireIo, ConnectionHandlers, AsyncIterable<Event> {
  readonly service: ServiceName;
  /** The events on their way to the reader. */
  protected readonly events: EventQueue<Event>;
  readonly #options: WireStreamOptions;
  readonly #signal: AbortSignal;
  readonly #onAbort = () =>
    this.#end(new EarshotError("canceled", `Cannot go on with ${this.service.name}: the stream was ended`));
  /** Settles when the service takes input. */
  #ready: PromiseWithResolvers<void> | undefined = Promise.withResolvers<void>();
  #wire: Wire<Input> | undefined;
  #connection: Connection | undefined;
  #finished = false;
  #messages = 0;
  #receivedBytes = 0;

  /** Connects to nothing yet. */
  constructor(
    options: WireStreamOptions & Pick<EventQueueOptions<Event>, "replaces">,
    signal: AbortSignal,
  ) {
    this.service = options.service;
    this.#options = options;
    this.#signal = signal;
    this.events = new EventQueue(options);
  }

  /** See {@linkcode WireIo}. */
  get software(): string | undefined {
    return this.#connection?.software;
  }

  /** Whether it takes more input now. */
  get writable(): boolean {
    return this.#connection?.writable ?? false;
  }

  /** Connects, and resolves when the service takes input. Rejects with an error of its family, or `canceled`. */
  async open(wire: Wire<Input>): Promise<void> {
    this.#wire = wire;
    const ready = this.#ready ??= Promise.withResolvers();
    ready.promise.catch(() => {});
    try {
      this.#connection = await this.#options.connect(this, this.#signal);
    } catch (thrown) {
      throw connectionError(this.service, thrown);
    }
    if (this.#signal.aborted) this.#onAbort();
    else this.#signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#guard(() => wire.opened());
    await raceSignal(ready.promise, this.#signal);
    this.#ready = undefined;
  }

  /** Takes the next input; after `finish` it is ignored. */
  write(input: Input): void {
    if (this.#finished || this.events.ended) return;
    try {
      this.#wire?.write(input);
    } catch (thrown) {
      this.#failWith(thrown);
    }
  }

  /** No more input comes; the first call counts. */
  finish(lastSeq?: number): void {
    if (this.#finished || this.events.ended) return;
    this.#finished = true;
    this.#guard(() => this.#wire?.finish(lastSeq));
  }

  /** The events, in order, for one reader. */
  [Symbol.asyncIterator](): AsyncIterator<Event> {
    return this.events;
  }

  /** See {@linkcode WireIo}. */
  send(message: string | Uint8Array): void {
    this.#connection?.send(message);
  }

  /** See {@linkcode WireIo}. */
  ping(onAnswer: () => void): void {
    this.#connection?.ping?.(() => {
      if (!this.events.ended) this.#guard(onAnswer);
    });
  }

  /** See {@linkcode WireIo}. */
  started(): void {
    this.onStarted();
    this.#ready?.resolve();
  }

  /** See {@linkcode WireIo}. */
  ended({ spent } = { spent: false }): void {
    if (this.events.ended) return;
    this.onEnded();
    this.events.end();
    this.#release();
    this.#ready?.resolve();
    const connection = this.#connection;
    if (connection === undefined) return;
    const { keep } = this.#options;
    if (keep !== undefined && !spent) return keep(connection);
    connection.close();
    if (this.#signal.aborted) return connection.destroy();
    this.#signal.addEventListener("abort", () => connection.destroy(), { once: true });
  }

  /** See {@linkcode WireIo}. */
  fail(fault: ServiceFault, facts?: FaultFacts): void {
    this.#end(serviceError(this.service, fault, facts));
  }

  /** A message came. */
  onMessage(message: string | Uint8Array): void {
    if (this.events.ended) return;
    this.#receivedBytes += message.length;
    if (++this.#messages > MAX_MESSAGES || this.#receivedBytes > MAX_RECEIVED_BYTES) {
      return this.fail("protocol", { detail: "it sends messages without end" });
    }
    this.#guard(() => this.#wire?.received(message));
  }

  /** The connection takes more again. */
  onWritable(): void {
    if (!this.events.ended) this.#options.onWritable?.();
  }

  /** The connection has ended. */
  onClosed(end: SocketEnd): void {
    if (this.events.ended) return;
    if (end.error === undefined) this.#guard(() => this.#wire?.closed?.(end));
    this.#end(endedError(this.service, end));
  }

  /** Tells the reader that the service takes input. */
  protected abstract onStarted(): void;

  /** Tells the reader that all was said. */
  protected abstract onEnded(): void;

  #end(error: EarshotError): void {
    if (this.events.ended) return;
    this.events.end(error);
    this.#ready?.reject(error);
    this.#release();
    this.#connection?.destroy();
  }

  #release(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#wire?.released?.();
  }

  #failWith(thrown: unknown): void {
    this.#end(EarshotError.from(thrown, `${this.service.family}.failed`));
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      this.#failWith(thrown);
    }
  }
}
