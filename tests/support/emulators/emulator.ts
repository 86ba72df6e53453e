import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Dialect, OpeningRequest } from "./dialect.ts";
import { PlainExchange } from "./plain_exchange.ts";
import type { Script } from "./script.ts";
import { type EmulatorTls, SocketEmulator } from "./socket_emulator.ts";
import { WebSocketSide } from "./web_socket_side.ts";

export type {
  Answer,
  AnswerIo,
  Dialect,
  Dialogue,
  EmulatorIo,
  OpeningRequest,
  PlainRequest,
  Renderer,
} from "./dialect.ts";

export { EMULATOR_CA, type EmulatorTls } from "./socket_emulator.ts";

/**
 * A service on a free port, plain or on TLS, for WebSockets and plain requests; disposing fails when an adapter
 * broke its rules. `node:http` reads the requests; the answers are written on the bare sockets, so that they can be
 * wrong in any way.
 */
export class Emulator extends SocketEmulator {
  readonly #webSockets: WebSocketSide;
  readonly #tls: boolean;
  readonly #http = createServer()
    .on("request", (message) => {
      // A request that is given up before it is whole is nobody's.
      buffer(message).then((body) => this.#begin(message, { body: new Uint8Array(body) }), () => {});
    })
    .on("upgrade", (message, _socket, rest) => this.#begin(message, { rest }))
    .on(
      "clientError",
      (error: Error & { readonly code?: string; readonly rawPacket?: Uint8Array }, socket) => {
        // The beginning of TLS asks whether it is spoken here: `lib/net/other_scheme.ts`.
        const isTls = error.rawPacket?.[0] === 0x16;
        if (error.code?.startsWith("HPE_") && !isTls) this.violations.push("no HTTP request");
        socket.destroy();
      },
    );

  private constructor(readonly dialect: Dialect, { script, tls }: { script: Script; tls: EmulatorTls }) {
    super(script, { tls });
    this.#tls = tls !== false;
    this.#webSockets = new WebSocketSide(dialect, (what) => this.violations.push(what));
  }

  static async start(
    dialect: Dialect,
    { script = {}, tls = false }: { readonly script?: Script; readonly tls?: EmulatorTls } = {},
  ): Promise<Emulator> {
    const emulator = new Emulator(dialect, { script, tls });
    await emulator.listen();
    return emulator;
  }

  /** Where it listens for WebSockets, such as `ws://localhost:1234`. */
  get origin(): string {
    return `${this.#tls ? "wss" : "ws"}://localhost:${this.port}`;
  }

  /** Where it listens for plain requests, such as `http://localhost:1234`. */
  get httpOrigin(): string {
    return this.origin.replace(/^ws/, "http");
  }

  wake(): void {
    this.#webSockets.wake();
  }

  protected serve(socket: Socket): void {
    this.#http.emit("connection", socket);
  }

  #begin(
    { method = "", url = "", headers: given, socket }: IncomingMessage,
    { body, rest }: { readonly body?: Uint8Array<ArrayBuffer>; readonly rest?: Uint8Array },
  ): void {
    const script = this.scriptOfNext();
    const { fault } = script;
    if (fault?.at === "connect" && fault.what === "hang") return void socket.resume();
    const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
    const request: OpeningRequest = { method, url, headers };
    const exchange = new PlainExchange(socket, { script, onViolation: (what) => this.violations.push(what) });
    const refusal = fault?.at === "connect" && fault.what === "refuse"
      ? fault
      : this.dialect.accept?.(request);
    if (refusal !== undefined) return exchange.refuse(refusal);
    if (rest !== undefined) return this.#webSockets.upgrade({ request, socket, script, rest });
    void exchange.serve(this.dialect, { ...request, body: body ?? new Uint8Array() });
  }
}
