import type { Clock } from "../lifecycle/mod.ts";
import type { Connection, ConnectionHandlers, SocketEnd } from "../net/mod.ts";

/** How many connections are kept at most; for a further one the one that has been idle longest is ended. */
const MAX_IDLE = 4;

/** Options of {@linkcode ConnectionPool}. */
export interface ConnectionPoolOptions {
  /** The time source. */
  readonly clock: Clock;
  /** How long a connection is kept without a stream, in ms. */
  readonly idleMs: number;
  /** Opens one; it lives until it is destroyed. */
  readonly open: (handlers: ConnectionHandlers, signal: AbortSignal) => Promise<Connection>;
}

/** Connections to a service that takes one stream after the other on each: what has ended its stream is used again. */
export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  /** Those that are kept, the one that has been idle longest first. */
  readonly #idle = new Set<PooledConnection>();
  readonly #pooled = new WeakMap<Connection, PooledConnection>();
  #closed = false;

  /** Opens nothing yet. */
  constructor(options: ConnectionPoolOptions) {
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
    const pooled = [...this.#idle].at(-1) ?? new PooledConnection((gone) => this.#idle.delete(gone));
    this.#idle.delete(pooled);
    pooled.use(handlers, signal);
    if (pooled.connection === undefined) {
      pooled.connection = await this.#options.open(pooled, pooled.life.signal);
      this.#pooled.set(pooled.connection, pooled);
    }
    return pooled.connection;
  }

  /** The stream on it has ended well: keeps the connection for the next one. */
  keep(connection: Connection): void {
    const pooled = this.#pooled.get(connection);
    if (pooled === undefined || this.#closed) {
      pooled?.idle(() => {});
      return connection.destroy();
    }
    const [longest] = this.#idle;
    if (longest !== undefined && this.#idle.size >= MAX_IDLE) this.#drop(longest);
    this.#idle.add(pooled);
    pooled.idle(this.#options.clock.schedule(this.#options.idleMs, () => this.#drop(pooled)));
  }

  /** Ends those that are kept, and keeps no more: streams that are under way end theirs. */
  close(): void {
    this.#closed = true;
    for (const pooled of this.#idle) this.#drop(pooled);
  }

  #drop(pooled: PooledConnection): void {
    this.#idle.delete(pooled);
    pooled.end();
  }
}

/** One connection, whose messages go to the stream that has it now, if any. */
class PooledConnection implements ConnectionHandlers {
  readonly life = new AbortController();
  connection: Connection | undefined;
  readonly #onGone: (pooled: PooledConnection) => void;
  #handlers: ConnectionHandlers | undefined;
  #signal: AbortSignal | undefined;
  #cancelIdle: (() => void) | undefined;
  readonly #onAbort = () => this.end();

  constructor(onGone: (pooled: PooledConnection) => void) {
    this.#onGone = onGone;
  }

  use(handlers: ConnectionHandlers, signal: AbortSignal): void {
    this.#cancelIdle?.();
    this.#handlers = handlers;
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  idle(cancel: () => void): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#handlers = undefined;
    this.#cancelIdle = cancel;
  }

  end(): void {
    this.#cancelIdle?.();
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
    this.#cancelIdle?.();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#onGone(this);
    this.#handlers?.onClosed(end);
  }
}
