import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { type Duplex, Readable } from "node:stream";
// @ts-types="./ws_package.d.ts"
import { WebSocketServer } from "ws";
import { AcceptCheck } from "./accept_check.ts";
import type { AcceptedSocket, DeviceSocketLimits } from "./device_socket.ts";
import { listenError } from "./listen_error.ts";
import { badHost, type Listener, type ListenOptions, type Transport } from "./transport.ts";
import { OwnedWebSocket, WsSocket } from "./ws_socket.ts";

/** The largest head of a request: request line and headers, in bytes. */
const MAX_HEAD_BYTES = 16_384;

/** How often requests are held against their deadline, in ms. */
const CHECK_EVERY_MS = 250;

/** The codes of who missed a deadline; on Deno 2.9.6 that of the TLS handshake has none. */
const LATE: readonly unknown[] = ["ERR_HTTP_REQUEST_TIMEOUT", "ERR_TLS_HANDSHAKE_TIMEOUT", undefined];

/** How long `ws` waits for a device's answer to a close of its own, in ms. */
const CLOSE_TIMEOUT_MS = 5_000;

/**
 * The `ws` transport: `npm:ws` over `node:http`. Every connection is known from its first byte, so that each can be
 * ended: one that does not become a request in time, one that does not read, one whose peer has vanished.
 */
export const wsTransport: Transport = { name: "ws", listen: (options) => new WsListener(options) };

class WsListener implements Listener {
  readonly port: number;
  readonly ready: Promise<void>;
  readonly ended: Promise<unknown>;
  readonly #options: ListenOptions;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  /** Those that carry no WebSocket, by their peers, the oldest first: on TLS an upgrade has a socket of its own. */
  readonly #waiting = new Map<string, Socket>();
  readonly #check: AcceptCheck;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.port = claim(options);
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<unknown>();
    this.ready = ready.promise;
    this.ended = ended.promise;
    this.#server = open(options);
    // Whatever it is, the listener is opened again; connections that are there stay.
    const fail = (error: unknown) => {
      this.#check.end();
      this.#server.close();
      ended.resolve(error);
    };
    const { hostname, clock, maxConnections } = options;
    this.#check = new AcceptCheck({
      hostname,
      port: this.port,
      clock,
      isFull: () => this.#connections.size > maxConnections,
      onFailed: () => fail("it takes no connection"),
    });
    this.#server
      .on("listening", ready.resolve)
      .on("error", fail)
      .on("close", () => {
        this.#check.end();
        ended.resolve("it ended by itself");
      })
      .on("connection", (socket) => this.#accept(socket))
      .on("clientError", (error, socket) => this.#refuse(error, socket))
      .on("request", (message, response) => {
        const body = message.method === "GET" || message.method === "HEAD" ? null : message;
        this.#answer(message, { response, body, upgrade: noHandshake }).catch(() => response.destroy());
      })
      .on("upgrade", (message, _socket, head) => {
        message.socket.pause();
        this.#upgrade(message, head).catch(() => message.socket.destroy());
      })
      .listen(this.port, hostname);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#connections) socket.destroy();
    });
  }

  #accept(socket: Socket): void {
    const { maxWaitingConnections, onConnectionEnded } = this.#options;
    const peer = peerOf(socket);
    this.#check.accepted();
    this.#connections.add(socket);
    this.#waiting.set(peer, socket);
    socket.setNoDelay(true);
    // Its end is told by `close`; an error has nothing to add.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#connections.delete(socket);
      this.#waiting.delete(peer);
    });
    if (this.#waiting.size <= maxWaitingConnections) return;
    for (const [peer, oldest] of this.#waiting) {
      // At once: its end is told in a later turn, and a burst would choose the same one again and again.
      this.#waiting.delete(peer);
      onConnectionEnded("waiting");
      return void oldest.destroy();
    }
  }

  /** What is no HTTP, or took too long to become a request. */
  #refuse(error: Error & { readonly code?: string }, socket: Duplex): void {
    const isLate = LATE.includes(error.code);
    if (isLate) this.#options.onConnectionEnded("deadline");
    if (isLate || !socket.writable || !error.code?.startsWith("HPE_")) return void socket.destroy();
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", () => socket.destroy());
  }

  async #upgrade(message: IncomingMessage, head: Uint8Array): Promise<void> {
    const { socket } = message;
    const response = new ServerResponse(message);
    response.assignSocket(socket);
    response.on("finish", () => socket.destroySoon());
    const upgrade = (limits: DeviceSocketLimits): AcceptedSocket => {
      assertHandshake(message);
      // No subprotocol is known here, and `ws` would choose one by itself.
      delete message.headers["sec-websocket-protocol"];
      return {
        response: new Response(null),
        attach: (handlers) => {
          response.detachSocket(socket);
          this.#waiting.delete(peerOf(socket));
          let device: WsSocket | undefined;
          upgraderFor(limits).handleUpgrade(message, socket, head, (webSocket) => {
            device = new WsSocket(webSocket, { limits, handlers, clock: this.#options.clock });
          });
          if (device === undefined) {
            socket.destroy();
            throw new Error("Cannot upgrade: the connection has ended");
          }
          socket.resume();
          return device;
        },
      };
    };
    await this.#answer(message, { response, body: null, upgrade });
  }

  /** Gives the whole answer and closes the connection, unless it became a WebSocket. */
  async #answer(
    message: IncomingMessage,
    { response, body, upgrade }: {
      readonly response: ServerResponse;
      readonly body: IncomingMessage | null;
      readonly upgrade: (limits: DeviceSocketLimits) => AcceptedSocket;
    },
  ): Promise<void> {
    const { handler, clock, requestTimeoutMs, onConnectionEnded } = this.#options;
    const { socket } = message;
    for (const stream of [message, response]) stream.on("error", () => {});
    socket.on("end", () => {
      // Who goes in the middle of a request wants no answer.
      if (!message.complete) socket.destroy();
    });
    const request = requestOf(message, { body, port: this.port });
    const answer = request === undefined ? badHost() : await handler({
      request,
      peer: socket.remoteAddress ?? "",
      onLeft: (listener) => watchEnd(socket, listener),
      upgrade,
    });
    if (response.socket === null || socket.destroyed) return;
    const cancel = clock.schedule(requestTimeoutMs, () => {
      onConnectionEnded("deadline");
      socket.destroy();
    });
    socket.on("close", cancel);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    response.statusCode = answer.status;
    for (const [name, value] of answer.headers) response.appendHeader(name, value);
    response.setHeader("connection", "close");
    response.end(bytes);
  }
}

function open({ tls, requestTimeoutMs, maxConnections }: ListenOptions): Server {
  const bounds = {
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    handshakeTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, requestTimeoutMs / 2),
    requireHostHeader: false,
  };
  const server = tls === undefined ? createServer(bounds) : createTlsServer({ ...bounds, ...tls });
  // Who has asked and says no more still gets the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  // With one more than that the oldest that waits is ended for it.
  server.maxConnections = maxConnections + 1;
  return server;
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Tells that the peer sends no more, or that its connection has ended. */
function watchEnd(socket: Socket, listener: () => void): () => void {
  const stop = () => {
    socket.off("end", end);
    socket.off("close", end);
  };
  const end = () => {
    stop();
    listener();
  };
  if (socket.destroyed || socket.readableEnded) queueMicrotask(end);
  else socket.once("end", end).once("close", end);
  return stop;
}

/** The request as the routes know it; `undefined` for a Host, a target or a header that is none. */
function requestOf(
  { method = "GET", url = "/", headers }: IncomingMessage,
  { body, port }: { readonly body: IncomingMessage | null; readonly port: number },
): Request | undefined {
  try {
    const all = new Headers();
    for (const [name, value = ""] of Object.entries(headers)) {
      for (const one of [value].flat()) all.append(name, one);
    }
    const host = all.get("host") ?? `127.0.0.1:${port}`;
    return new Request(url.startsWith("/") ? `http://${host}${url}` : url, {
      method,
      headers: all,
      body: body === null ? null : Readable.toWeb(body),
    });
  } catch {
    return undefined;
  }
}

const upgraders = new WeakMap<DeviceSocketLimits, WebSocketServer<OwnedWebSocket>>();

/** One for all sockets of the same limits; it keeps no list of them. */
function upgraderFor(limits: DeviceSocketLimits): WebSocketServer<OwnedWebSocket> {
  let upgrader = upgraders.get(limits);
  if (upgrader === undefined) {
    upgrader = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: Math.max(limits.maxTextBytes, limits.maxFrameBytes),
      closeTimeout: CLOSE_TIMEOUT_MS,
      WebSocket: OwnedWebSocket,
    });
    upgraders.set(limits, upgrader);
  }
  return upgrader;
}

/** What `ws` would refuse by itself, without the words of our routes. */
function assertHandshake({ method, headers }: IncomingMessage): void {
  const version = headers["sec-websocket-version"];
  if (
    method !== "GET" || headers["upgrade"]?.toLowerCase() !== "websocket" ||
    (version !== "13" && version !== "8") ||
    !/^[+/0-9A-Za-z]{22}==$/.test(headers["sec-websocket-key"] ?? "")
  ) noHandshake();
}

function noHandshake(): never {
  throw new TypeError("the request is no WebSocket handshake");
}

/**
 * Finds out at once whether the port can be had, and which one it is: `node:http` says neither before the next
 * turn of the event loop. It is opened in earnest right after.
 */
function claim({ hostname, port }: ListenOptions): number {
  try {
    const listener = Deno.listen({ hostname, port });
    listener.close();
    return listener.addr.port;
  } catch (cause) {
    throw listenError({ hostname, port }, cause);
  }
}
