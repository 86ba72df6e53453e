import { EarshotError } from "../../errors/mod.ts";
import type { Clock } from "../../lifecycle/mod.ts";
import type { Connection, ConnectionHandlers } from "../../net/mod.ts";
import { ConnectionPool, type ServiceName } from "../../service/mod.ts";
import { PulledSocket } from "./pulled_socket.ts";

/** Options of {@linkcode KeptSockets}. */
export interface KeptSocketsOptions {
  /** Named in errors. */
  readonly service: ServiceName;
  /** The time source. */
  readonly clock: Clock;
  /** How long a connection is kept without a request, in ms. */
  readonly idleMs: number;
  /** Opens a connection; aborting its signal destroys it. */
  readonly connect: (handlers: ConnectionHandlers, signal: AbortSignal) => Promise<Connection>;
}

/** Connections to a service that takes one request after the other on each: one that is closed is kept for the next. */
export class KeptSockets {
  readonly #service: ServiceName;
  readonly #pool: ConnectionPool;

  /** Opens nothing yet. */
  constructor({ service, connect, ...options }: KeptSocketsOptions) {
    this.#service = service;
    this.#pool = new ConnectionPool({ ...options, open: connect });
  }

  /** A connection for one request, and whether it has carried one before. Rejects as `connect` does, or `canceled`. */
  async open(signal: AbortSignal): Promise<{ readonly socket: PulledSocket; readonly kept: boolean }> {
    if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
    const kept = this.#pool.size > 0;
    const socket = await PulledSocket.open({
      service: this.#service,
      connect: async (handlers, life) => {
        let ended = false;
        const connection = await this.#pool.take({
          onMessage: (message) => handlers.onMessage(message),
          onWritable: () => handlers.onWritable(),
          onClosed: (end) => {
            ended = true;
            handlers.onClosed(end);
          },
        }, life);
        return {
          get writable() {
            return connection.writable;
          },
          send: (message) => connection.send(message),
          pause: () => connection.pause?.(),
          resume: () => connection.resume?.(),
          close: () => ended ? connection.destroy() : this.#pool.keep(connection),
          destroy: () => connection.destroy(),
        };
      },
    }, signal);
    return { socket, kept };
  }

  /** Ends those that are kept, and keeps no more: requests that are under way end theirs. */
  close(): void {
    this.#pool.close();
  }
}
