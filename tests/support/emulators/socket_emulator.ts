import { createServer as createTcp, type Server, type Socket } from "node:net";
import { createServer as createTls } from "node:tls";
import type { RunningEmulator } from "./running_emulator.ts";
import type { Script } from "./script.ts";

const PKI = new URL("../pki/", import.meta.url);
/** The authority that signed the emulators' certificate. */
export const EMULATOR_CA = read("ca.pem");

/** Which certificate a service shows, if it speaks TLS: one of an authority, or one that signed itself. */
export type EmulatorTls = boolean | "self_signed";

/** A service on a free port that knows its connections; disposing fails when an adapter broke its rules. */
export abstract class SocketEmulator implements RunningEmulator {
  readonly violations: string[] = [];
  /** Those that the script counts, since the start. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #lastPort = 0;

  protected constructor(readonly script: Script, { tls = false }: { readonly tls?: EmulatorTls } = {}) {
    const accept = (socket: Socket) => this.#accept(socket);
    const name = tls === "self_signed" ? tls : "server";
    this.#server = tls
      ? createTls({ cert: read(`${name}.pem`), key: read(`${name}.key`) }, accept)
      : createTcp(accept);
  }

  abstract readonly origin: string;

  get open(): number {
    return this.#sockets.size;
  }

  abstract wake(): void;

  dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Drops all connections, and refuses others until {@linkcode up}. */
  async down(): Promise<void> {
    this.#lastPort = this.port ?? this.#lastPort;
    this.dropAll();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }

  /** Takes connections again, where it did before. */
  async up(): Promise<void> {
    if (this.port === undefined) await this.listen(this.#lastPort);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    if (this.violations.length > 0) {
      throw new Error(`the service would not take: ${this.violations.join("; ")}`);
    }
  }

  protected get port(): number | undefined {
    const address = this.#server.address();
    return typeof address === "object" ? address?.port : undefined;
  }

  protected async listen(port = 0): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.listen(port, () => resolve());
    await promise;
  }

  /** Counts a connection, and says what the script has for it. */
  protected scriptOfNext(): Script {
    this.connections++;
    const { faultTimes = Infinity, fault, ...rest } = this.script;
    return { ...rest, ...(fault && this.connections <= faultTimes && { fault }) };
  }

  /** A new connection. */
  protected abstract serve(socket: Socket): void;

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    // Each request on a connection that is kept listens for its end.
    socket.setMaxListeners(0);
    socket.setNoDelay(true);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    this.serve(socket);
  }
}

/** What `say` writes on a socket leaves in one go. */
export function gather(socket: Socket, say: () => void): void {
  socket.cork();
  say();
  socket.uncork();
}

function read(file: string): string {
  return Deno.readTextFileSync(new URL(file, PKI));
}
