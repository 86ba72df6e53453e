import { createServer, type Server, type Socket } from "node:net";
import type { HttpEngine, HttpListener, HttpListenOptions } from "../http_engine.ts";
import { listenError } from "../listen_error.ts";
import { encrypter } from "./encrypted_socket.ts";
import { WsConnection } from "./ws_connection.ts";

/**
 * The `ws` engine: `npm:ws` over `node:net`. Every connection is ours from its first byte, so that each can be
 * ended: one that does not become a request in time, one that does not read, one whose peer has vanished.
 * (`node:http` would not do: up to Deno 2.7 it shows no connection before its request is whole.)
 */
export const wsHttp: HttpEngine = {
  name: "ws",
  listen: (options) => new WsListener(options),
};

class WsListener implements HttpListener {
  readonly port: number;
  readonly ready: Promise<void>;
  readonly ended: Promise<unknown>;
  readonly #server: Server;
  /** Those that carry no WebSocket, the oldest first. */
  readonly #waiting = new Set<WsConnection>();
  readonly #sockets = new Set<Socket>();

  constructor(options: HttpListenOptions) {
    const { hostname, tls } = options;
    const encrypt = tls === undefined ? undefined : encrypter(tls);
    this.port = claim(options);
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<unknown>();
    this.ready = ready.promise;
    this.ended = ended.promise;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.setNoDelay(true);
      this.#accept(encrypt?.(socket) ?? socket, options);
    });
    // Out of descriptors, Deno's listener would go deaf for good and say nothing.
    this.#server.maxConnections = options.maxConnections;
    this.#server.on("drop", () => options.onConnectionEnded("room"));
    this.#server.on("listening", () => ready.resolve());
    this.#server.on("error", (error: Error) => {
      // Whatever it is, the listener is opened again.
      this.#server.close();
      ended.resolve(error);
    });
    this.#server.on("close", () => ended.resolve("it ended by itself"));
    this.#server.listen(this.port, hostname);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #accept(socket: Socket, options: HttpListenOptions): void {
    this.#sockets.add(socket);
    const connection = new WsConnection(socket, {
      ...options,
      port: this.port,
      onOverdue: () => options.onConnectionEnded("deadline"),
      onUpgraded: () => this.#waiting.delete(connection),
      onClosed: () => {
        this.#waiting.delete(connection);
        this.#sockets.delete(socket);
      },
    });
    this.#waiting.add(connection);
    const [oldest = connection] = this.#waiting;
    if (this.#waiting.size <= options.maxWaitingConnections) return;
    // At once: its end is told in a later turn, and a burst would choose the same one again and again.
    this.#waiting.delete(oldest);
    options.onConnectionEnded("waiting");
    oldest.destroy();
  }
}

/**
 * Finds out at once whether the port can be had, and which one it is: `node:net` says neither before the next
 * turn of the event loop. It is opened in earnest right after.
 */
function claim(options: { readonly hostname: string; readonly port: number }): number {
  try {
    const listener = Deno.listen(options);
    const { port } = listener.addr;
    listener.close();
    return port;
  } catch (cause) {
    throw listenError(options, cause);
  }
}
