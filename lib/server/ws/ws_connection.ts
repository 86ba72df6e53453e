import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
// @ts-types="./ws_package.d.ts"
import { WebSocketServer } from "ws";
import type { Clock } from "../../lifecycle/mod.ts";
import type { AcceptedSocket, DeviceSocketLimits } from "../device_socket.ts";
import { badHost, type HttpHandler } from "../http_engine.ts";
import { type ReadRequest, RequestReader } from "./request_reader.ts";
import { OwnedWebSocket, WsSocket } from "./ws_socket.ts";

/** How long `ws` waits for a device's answer to a close of its own, in ms. */
const CLOSE_TIMEOUT_MS = 5_000;

/** Options of a {@linkcode WsConnection}. */
export interface WsConnectionOptions {
  /** The port on which it came in. */
  readonly port: number;
  /** Answers its request. */
  readonly handler: HttpHandler;
  /** The time source. */
  readonly clock: Clock;
  /** How long it may take to become a request, and again to take the answer, in ms. */
  readonly requestTimeoutMs: number;
  /** Told when it became a WebSocket. */
  readonly onUpgraded: () => void;
  /** Told when it ends because it took too long. */
  readonly onOverdue: () => void;
  /** Told when it has gone. */
  readonly onClosed: () => void;
}

/** One connection: one request and its answer, or a WebSocket; by a deadline in either case. */
export class WsConnection {
  readonly #socket: Socket;
  readonly #options: WsConnectionOptions;
  readonly #reader = new RequestReader();
  readonly #onData = (chunk: Uint8Array) => this.#receive(chunk);
  /** Whoever goes before the request is whole wants no answer; after it, he may still read one. */
  readonly #onEarlyEnd = () => this.#socket.destroy();
  readonly #peer: string;
  #cancelDeadline: () => void = () => {};
  #upgraded = false;

  /** Takes over a connection that was just accepted. */
  constructor(socket: Socket, options: WsConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#peer = socket.remoteAddress ?? "";
    socket.on("data", this.#onData);
    socket.on("end", this.#onEarlyEnd);
    // Its end is told by `close`; an error has nothing to add.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#cancelDeadline();
      options.onClosed();
    });
    this.#startDeadline();
  }

  /** Ends it at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #startDeadline(): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#options.clock.schedule(
      this.#options.requestTimeoutMs,
      () => {
        this.#options.onOverdue();
        this.#socket.destroy();
      },
    );
  }

  #receive(chunk: Uint8Array): void {
    const read = this.#reader.push(chunk);
    if (read === undefined) return;
    this.#socket.off("data", this.#onData);
    this.#socket.off("end", this.#onEarlyEnd);
    this.#cancelDeadline();
    if (read !== "bad") {
      this.#socket.pause();
      this.#answer(read).catch(() => this.#socket.destroy());
    } else {
      this.#respond(new Response("Cannot answer: this is no HTTP request\n", { status: 400 }), "GET")
        .catch(() => this.#socket.destroy());
    }
  }

  async #answer(read: ReadRequest): Promise<void> {
    const request = this.#request(read);
    const response = request === undefined ? badHost() : await this.#options.handler({
      request,
      peer: this.#peer,
      upgrade: (limits) => this.#upgrade(read, limits),
    });
    if (!this.#upgraded) await this.#respond(response, read.method);
  }

  #request({ method, target, headers, body }: ReadRequest): Request | undefined {
    try {
      const all = new Headers(headers.map(([name, value]): [string, string] => [name, value]));
      const host = all.get("host") ?? `127.0.0.1:${this.#options.port}`;
      const url = target.startsWith("/") ? `http://${host}${target}` : target;
      const hasBody = method !== "GET" && method !== "HEAD" && body.length > 0;
      return new Request(url, { method, headers: all, ...(hasBody && { body }) });
    } catch {
      return undefined; // a Host, a target or a header that is none
    }
  }

  #upgrade(read: ReadRequest, limits: DeviceSocketLimits): AcceptedSocket {
    const headers = Object.fromEntries(read.headers.map(([name, value]) => [name.toLowerCase(), value]));
    assertHandshake(read.method, headers);
    // We speak none, and `ws` would take one or answer by itself.
    delete headers["sec-websocket-protocol"];
    return {
      response: new Response(null),
      attach: (handlers) => {
        const { clock, onUpgraded } = this.#options;
        let device: WsSocket | undefined;
        this.#upgraded = true;
        onUpgraded();
        const request = { method: read.method, url: read.target, headers };
        upgraderFor(limits).handleUpgrade(request, this.#socket, read.rest, (socket) => {
          device = new WsSocket(socket, { connection: this.#socket, limits, handlers, clock });
        });
        if (device === undefined) {
          this.#socket.destroy();
          throw new Error("Cannot upgrade: the connection has ended");
        }
        this.#socket.resume();
        return device;
      },
    };
  }

  /** Writes the whole answer and closes; what the peer still sends is not looked at. */
  async #respond(response: Response, method: string): Promise<void> {
    const body = new Uint8Array(await response.arrayBuffer());
    const { status, headers } = response;
    const bodyless = status === 204 || status === 304;
    const lines = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
      ...Array.from(headers, ([name, value]) => `${name}: ${value}`),
      ...(bodyless ? [] : [`content-length: ${body.length}`]),
      "connection: close",
      "",
      "",
    ];
    this.#startDeadline();
    this.#socket.on("end", () => this.#socket.destroySoon());
    this.#socket.resume();
    this.#socket.write(lines.join("\r\n"));
    if (!bodyless && method !== "HEAD") this.#socket.write(body);
    this.#socket.end();
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
function assertHandshake(method: string, headers: Readonly<Record<string, string | undefined>>): void {
  const version = headers["sec-websocket-version"];
  const upgrades = headers["connection"]?.toLowerCase().split(",").some((token) =>
    token.trim() === "upgrade"
  );
  if (
    method !== "GET" || upgrades !== true || headers["upgrade"]?.toLowerCase() !== "websocket" ||
    (version !== "13" && version !== "8") ||
    !/^[+/0-9A-Za-z]{22}==$/.test(headers["sec-websocket-key"] ?? "")
  ) throw new TypeError("the request is no WebSocket handshake");
}
