import type { Socket } from "node:net";
import { EarshotError } from "../errors/mod.ts";
import { connectError, hostOf } from "./connect_error.ts";
import type { Connection, ConnectionHandlers } from "./connection.ts";
import { isTls, tlsThere } from "./other_scheme.ts";
import { QueuedConnection } from "./queued_connection.ts";

/** Where an outbound TCP connection leads. */
export interface TcpRequest {
  /** Such as `tcp://host:10300`. */
  readonly url: string;
}

/**
 * Opens a TCP connection to another host; aborting `signal` ends it, while opening and after. Bytes come in pieces
 * of whatever size. Rejects with `net.unreachable` or `canceled`; ends with `net.scheme` where the host says that it
 * speaks TLS.
 */
export async function openTcp(
  { url }: TcpRequest,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  const canceled = () => new EarshotError("canceled", `Cannot reach ${hostOf(url)}: the work was given up`);
  // A gateway that needs no TCP does without; `loadSockets` has loaded it before permissions are given up.
  const { connect } = await import("node:net");
  if (signal.aborted) throw canceled();
  const { promise, resolve, reject } = Promise.withResolvers<Connection>();
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port), noDelay: true });
  const outbound = new OutboundTcp(url, socket, handlers);
  const onAbort = () => {
    reject(canceled());
    outbound.destroy();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  let failure: EarshotError | undefined;
  let opened = false;
  let orderly = false;
  socket.on("connect", () => {
    opened = true;
    resolve(outbound);
  });
  socket.on("end", () => orderly = true);
  socket.on("error", (cause) => {
    failure ??= opened
      ? new EarshotError("net.unreachable", `Cannot go on with ${hostOf(url)}: ${cause.message}`, { cause })
      : connectError(url, cause);
    reject(failure);
  });
  socket.on("close", () => {
    signal.removeEventListener("abort", onAbort);
    reject(failure ?? connectError(url, new Error("it ended the connection")));
    const error = outbound.fault ?? failure;
    const code = orderly && error === undefined ? 1000 : 1006;
    outbound.ended({ code, reason: "", ...(error && { error }) }, opened);
  });
  return await promise;
}

class OutboundTcp extends QueuedConnection {
  readonly #socket: Socket;
  #answered = false;
  /** What the other side showed to be wrong. */
  fault: EarshotError | undefined;

  constructor(readonly url: string, socket: Socket, handlers: ConnectionHandlers) {
    super(handlers);
    this.#socket = socket;
    socket.on("data", (bytes: Uint8Array) => {
      if (this.gone || this.fault !== undefined) return;
      if (!this.#answered && isTls(bytes)) {
        this.fault = tlsThere(url);
        socket.destroy();
        return;
      }
      this.#answered = true;
      handlers.onMessage(bytes);
    });
  }

  protected override get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  override send(message: string | Uint8Array): void {
    if (!this.gone && this.#socket.writable) this.#socket.write(message, this.onSent);
  }

  pause(): void {
    if (!this.gone) this.#socket.pause();
  }

  resume(): void {
    if (!this.gone) this.#socket.resume();
  }

  override close(): void {
    if (!this.gone) this.#socket.end();
  }

  override destroy(): void {
    this.gone = true;
    this.#socket.destroy();
  }
}
