import type { Socket } from "node:net";
import { type ReadRequest, RequestReader } from "../../../lib/server/ws/request_reader.ts";
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

/** The largest request that is read, in bytes: more than a minute of sound at any rate. */
const MAX_BODY_BYTES = 8 << 20;

/**
 * A service on a free port, plain or on TLS, for WebSockets and plain requests; disposing fails when an adapter
 * broke its rules. Every connection is ours from its first byte: `node:http` shows none of them on Deno 2.7.
 */
export class Emulator extends SocketEmulator {
  readonly #webSockets: WebSocketSide;
  readonly #tls: boolean;

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
    let reader = new RequestReader({ maxBodyBytes: MAX_BODY_BYTES });
    const onData = (bytes: Uint8Array) => {
      const request = reader.push(bytes);
      if (request === undefined) return;
      reader = new RequestReader({ maxBodyBytes: MAX_BODY_BYTES });
      if (request === "bad") {
        this.violations.push("no HTTP request");
        socket.destroy();
        return;
      }
      if (this.#isWebSocket(request)) socket.off("data", onData);
      this.#begin(request, socket);
    };
    socket.on("data", onData);
  }

  #begin(read: ReadRequest, socket: Socket): void {
    const script = this.scriptOfNext();
    const { fault } = script;
    if (fault?.at === "connect" && fault.what === "hang") return void socket.resume();
    const headers = Object.fromEntries(read.headers.map(([name, value]) => [name.toLowerCase(), value]));
    const request: OpeningRequest = { method: read.method, url: read.target, headers };
    const exchange = new PlainExchange(socket, { script, onViolation: (what) => this.violations.push(what) });
    const refusal = fault?.at === "connect" && fault.what === "refuse"
      ? fault
      : this.dialect.accept?.(request);
    if (refusal !== undefined) return exchange.refuse(refusal);
    if (!this.#isWebSocket(read)) {
      return void exchange.serve(this.dialect, { ...request, body: read.body });
    }
    this.#webSockets.upgrade({ request, socket, script, rest: read.rest });
  }

  #isWebSocket({ headers }: ReadRequest): boolean {
    return headers.some(([name, value]) => /^upgrade$/i.test(name) && value.toLowerCase() === "websocket");
  }
}
