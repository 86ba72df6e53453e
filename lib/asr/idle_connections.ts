import type { Clock } from "../lifecycle/mod.ts";
import type { Connection, ConnectionHandlers, SocketEnd } from "../net/mod.ts";

/** How many connections are kept at most; for a further one the one that has rested longest is ended. */
const MAX_IDLE = 4;

/** Options of {@linkcode IdleConnections}. */
export interface IdleConnectionsOptions {
  /** The time source. */
  readonly clock: Clock;
  /** How long a connection is kept without a stream, in ms. */
  readonly idleMs: number;
  /** Opens one; it lives until it is destroyed. */
  readonly open: (handlers: ConnectionHandlers, signal: AbortSignal) => Promise<Connection>;
}

/** Connections to a service that takes one stream after the other on each: what has ended its stream is used again. */
export class IdleConnections {
  readonly #options: IdleConnectionsOptions;
  /** Those that are kept, the one that has rested longest first. */
  readonly #idle = new Set<Lane>();
  readonly #lanes = new WeakMap<Connection, Lane>();
  #closed = false;

  /** Opens nothing yet. */
  constructor(options: IdleConnectionsOptions) {
    this.#options = options;
  }

  /** How many are kept. */
  get size(): number {
    return this.#idle.size;
  }

  /**
   * A connection for one stream, the one that was kept last if there is any, which the service is the least likely to
   * be ending just now; aborting `signal` destroys it.
   */
  async take(handlers: ConnectionHandlers, signal: AbortSignal): Promise<Connection> {
    const lane = [...this.#idle].at(-1) ?? new Lane((gone) => this.#idle.delete(gone));
    this.#idle.delete(lane);
    lane.use(handlers, signal);
    if (lane.connection === undefined) {
      lane.connection = await this.#options.open(lane, lane.life.signal);
      this.#lanes.set(lane.connection, lane);
    }
    return lane.connection;
  }

  /** The stream on it has ended well: keeps the connection for the next one. */
  keep(connection: Connection): void {
    const lane = this.#lanes.get(connection);
    if (lane === undefined || this.#closed) {
      lane?.rest(() => {});
      return connection.destroy();
    }
    const [longest] = this.#idle;
    if (longest !== undefined && this.#idle.size >= MAX_IDLE) this.#drop(longest);
    this.#idle.add(lane);
    lane.rest(this.#options.clock.schedule(this.#options.idleMs, () => this.#drop(lane)));
  }

  /** Ends those that are kept, and keeps no more: streams that are under way end theirs. */
  close(): void {
    this.#closed = true;
    for (const lane of this.#idle) this.#drop(lane);
  }

  #drop(lane: Lane): void {
    this.#idle.delete(lane);
    lane.end();
  }
}

/** One connection, whose messages go to the stream that has it now, if any. */
class Lane implements ConnectionHandlers {
  readonly life = new AbortController();
  connection: Connection | undefined;
  readonly #onGone: (lane: Lane) => void;
  #handlers: ConnectionHandlers | undefined;
  #signal: AbortSignal | undefined;
  #cancelRest: (() => void) | undefined;
  readonly #onAbort = () => this.end();

  constructor(onGone: (lane: Lane) => void) {
    this.#onGone = onGone;
  }

  use(handlers: ConnectionHandlers, signal: AbortSignal): void {
    this.#cancelRest?.();
    this.#handlers = handlers;
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  rest(cancel: () => void): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#handlers = undefined;
    this.#cancelRest = cancel;
  }

  end(): void {
    this.#cancelRest?.();
    this.life.abort();
    this.connection?.destroy();
  }

  onMessage(message: string | Uint8Array): void {
    this.#handlers?.onMessage(message);
  }

  onWritable(): void {
    this.#handlers?.onWritable();
  }

  onClosed(end: SocketEnd): void {
    this.#cancelRest?.();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#onGone(this);
    this.#handlers?.onClosed(end);
  }
}
