import { Buffer } from "node:buffer";
import { createServer as createHttp, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttps } from "node:https";
import type { Socket } from "node:net";
// @ts-types="./ws_server.d.ts"
import { type ServerWebSocket, WebSocketServer } from "ws";
import { Performer } from "./performer.ts";
import type { RunningEmulator } from "./running_emulator.ts";
import type { RefusalKind, Script } from "./script.ts";

const PKI = new URL("../pki/", import.meta.url);
/** The authority that signed the emulators' certificate. */
export const EMULATOR_CA = Deno.readTextFileSync(new URL("ca.pem", PKI));

/** What a dialect can do with its connection. */
export interface EmulatorIo {
  readonly script: Script;
  /** Follows the script: tell it of sound and of its end. */
  readonly performer: Performer;
  /** Begins the script anew, for a service that takes one stream after the other on a connection. */
  again(): void;
  send(message: string | Uint8Array): void;
  close(code?: number): void;
  /** The adapter has broken the service's rules: the test fails, and the connection ends. */
  violation(what: string): void;
}

/** One connection of one service. */
export interface Dialogue {
  text(message: string): void;
  binary(message: Uint8Array): void;
  /** The connection has ended. */
  gone?(): void;
}

/** How the words of a script look on the wire. */
export interface Renderer {
  partial(text: string, sentence: number): void;
  final(text: string, sentence: number): void;
  /** All was said. */
  end(): void;
  /** It refuses. */
  error(kind: RefusalKind): void;
}

/** A service: who is let in, and how it talks. */
export interface Dialect {
  /** Throws, or gives a refusal, where the opening request is not what the service wants. */
  accept?(request: IncomingMessage): { readonly status: number; readonly body: string } | undefined;
  /** A refused handshake as the service words it; `undefined` where it says so later. */
  refusal?(kind: RefusalKind): { readonly status: number; readonly body: string } | undefined;
  /** Subprotocols that it speaks. */
  readonly protocol?: string;
  /** A new connection. */
  connect(io: EmulatorIo, request: IncomingMessage): Dialogue & Renderer;
}

interface Served {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly script: Script;
}

/** A service on a free port, plain or on TLS; disposing fails when an adapter broke its rules. */
export class Emulator implements RunningEmulator {
  readonly violations: string[] = [];
  /** Connections since the start. */
  connections = 0;
  readonly script: Script;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #wss: WebSocketServer;
  /** Reads again on a connection that was left alone; only who reads sees that the other side has gone. */
  readonly #asleep = new Set<() => void>();
  readonly #tls: boolean;

  private constructor(readonly dialect: Dialect, { script, tls }: { script: Script; tls: boolean }) {
    this.script = script;
    this.#tls = tls;
    this.#server = tls ? createHttps({ cert: read("server.pem"), key: read("server.key") }) : createHttp();
    this.#wss = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: 1 << 24,
      handleProtocols: (offered) =>
        dialect.protocol && offered.has(dialect.protocol) ? dialect.protocol : false,
    });
    const track = (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {});
    };
    this.#server.on("connection", track);
    this.#server.on("secureConnection", track);
    this.#server.on("upgrade", (request, socket: Socket) => {
      track(socket);
      this.#upgrade(request, socket);
    });
  }

  static async start(
    dialect: Dialect,
    { script = {}, tls = false }: { readonly script?: Script; readonly tls?: boolean } = {},
  ): Promise<Emulator> {
    const emulator = new Emulator(dialect, { script, tls });
    const { promise, resolve } = Promise.withResolvers<void>();
    emulator.#server.listen(0, "localhost", () => resolve());
    await promise;
    return emulator;
  }

  /** Where it listens, such as `ws://localhost:1234`. */
  get origin(): string {
    const address = this.#server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    return `${this.#tls ? "wss" : "ws"}://localhost:${port}`;
  }

  /** Connections that have not ended. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Ends every hang: what the other side did meanwhile is seen now. */
  wake(): void {
    for (const wake of this.#asleep) wake();
    this.#asleep.clear();
  }

  /** Every connection breaks. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
    if (this.violations.length > 0) {
      throw new Error(`the service would not take: ${this.violations.join("; ")}`);
    }
  }

  #upgrade(request: IncomingMessage, socket: Socket): void {
    this.connections++;
    const { faultTimes = Infinity, fault: planned, ...rest } = this.script;
    const fault = this.connections <= faultTimes ? planned : undefined;
    const script: Script = { ...rest, ...(fault && { fault }) };
    if (fault?.at === "connect" && fault.what === "hang") {
      // Up to Deno 2.7 a socket out of `upgrade` that nobody reads never says that its peer has gone.
      this.#asleep.add(() => socket.destroy());
      return;
    }
    const refusal = fault?.at === "connect" && fault.what === "refuse"
      ? fault
      : this.dialect.accept?.(request);
    if (refusal !== undefined) {
      const { status, body } = refusal;
      socket.end(
        `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\ncontent-length: ${
          Buffer.byteLength(body)
        }\r\nconnection: close\r\n\r\n${body}`,
      );
      return;
    }
    this.#wss.handleUpgrade(
      request,
      socket,
      Buffer.alloc(0),
      (ws) => this.#serve(ws, { request, socket, script }),
    );
  }

  #serve(ws: ServerWebSocket, { request, socket, script }: Served): void {
    const havoc = {
      drop: () => socket.destroy(),
      giant: () => ws.send("x".repeat(10 << 20), () => {}),
      trickle: () => trickle(socket),
      stopReading: () => {
        ws.pause();
        this.#asleep.add(() => ws.resume());
      },
    };
    let performer = new Performer(script, havoc);
    const io: EmulatorIo = {
      script,
      get performer() {
        return performer;
      },
      again: () => {
        performer.stop();
        performer = new Performer(script, havoc);
        performer.renderer = dialogue;
      },
      send: (message) => void (ws.readyState === 1 && ws.send(message, () => {})),
      close: (code = 1000) => ws.close(code),
      violation: (what) => {
        this.violations.push(what);
        ws.close(1008);
      },
    };
    const dialogue = this.dialect.connect(io, request);
    performer.renderer = dialogue;
    ws.on("error", () => {});
    ws.on("close", () => {
      performer.stop();
      dialogue.gone?.();
    });
    ws.on("message", (data, isBinary) => {
      if (isBinary) dialogue.binary(new Uint8Array(data));
      else dialogue.text(data.toString());
    });
  }
}

/** A text frame that never becomes whole: a byte a second. */
function trickle(socket: Socket): void {
  socket.write(Uint8Array.of(0x81, 126, 0x40, 0));
  const timer = setInterval(() => socket.write("x"), 1_000);
  socket.on("close", () => clearInterval(timer));
}

function read(file: string): string {
  return Deno.readTextFileSync(new URL(file, PKI));
}
