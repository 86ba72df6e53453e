import { createServer as createTcp, type Server, type Socket } from "node:net";
import { createServer as createTls } from "node:tls";
import { type ReadRequest, RequestReader } from "../../../lib/server/ws/request_reader.ts";
import type { Dialect, OpeningRequest } from "./dialect.ts";
import { PlainExchange } from "./plain_exchange.ts";
import type { RunningEmulator } from "./running_emulator.ts";
import type { Script } from "./script.ts";
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

const PKI = new URL("../pki/", import.meta.url);
/** The authority that signed the emulators' certificate. */
export const EMULATOR_CA = read("ca.pem");
/** The largest request that is read, in bytes: more than a minute of sound at any rate. */
const MAX_BODY_BYTES = 8 << 20;

/**
 * A service on a free port, plain or on TLS, for WebSockets and plain requests; disposing fails when an adapter
 * broke its rules. Every connection is ours from its first byte: `node:http` shows none of them on Deno 2.7.
 */
export class Emulator implements RunningEmulator {
  readonly violations: string[] = [];
  /** Handshakes of WebSockets and plain requests since the start. */
  connections = 0;
  readonly script: Script;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #webSockets: WebSocketSide;
  readonly #tls: boolean;

  private constructor(readonly dialect: Dialect, { script, tls }: { script: Script; tls: boolean }) {
    this.script = script;
    this.#tls = tls;
    this.#webSockets = new WebSocketSide(dialect, (what) => this.violations.push(what));
    const accept = (socket: Socket) => this.#accept(socket);
    this.#server = tls
      ? createTls({ cert: read("server.pem"), key: read("server.key") }, accept)
      : createTcp(accept);
  }

  static async start(
    dialect: Dialect,
    { script = {}, tls = false }: { readonly script?: Script; readonly tls?: boolean } = {},
  ): Promise<Emulator> {
    const emulator = new Emulator(dialect, { script, tls });
    const { promise, resolve } = Promise.withResolvers<void>();
    emulator.#server.listen(0, () => resolve());
    await promise;
    return emulator;
  }

  /** Where it listens for WebSockets, such as `ws://localhost:1234`. */
  get origin(): string {
    const address = this.#server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    return `${this.#tls ? "wss" : "ws"}://localhost:${port}`;
  }

  /** Where it listens for plain requests, such as `http://localhost:1234`. */
  get httpOrigin(): string {
    return this.origin.replace(/^ws/, "http");
  }

  /** Connections that have not ended. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Ends every hang: what the other side did meanwhile is seen now. */
  wake(): void {
    this.#webSockets.wake();
  }

  /** Every connection breaks. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dropAll();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
    if (this.violations.length > 0) {
      throw new Error(`the service would not take: ${this.violations.join("; ")}`);
    }
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
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
    this.connections++;
    const { faultTimes = Infinity, fault: planned, ...rest } = this.script;
    const fault = this.connections <= faultTimes ? planned : undefined;
    if (fault?.at === "connect" && fault.what === "hang") return void socket.resume();
    const headers = Object.fromEntries(read.headers.map(([name, value]) => [name.toLowerCase(), value]));
    const request: OpeningRequest = { method: read.method, url: read.target, headers };
    const script: Script = { ...rest, ...(fault && { fault }) };
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

function read(file: string): string {
  return Deno.readTextFileSync(new URL(file, PKI));
}
