import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { WebSocket } from "./ws_client.d.ts";
import { EarshotError } from "../errors/mod.ts";
import type { Connection, ConnectionHandlers } from "./connection.ts";
import { QueuedConnection } from "./queued_connection.ts";
import { connectError, hostOf } from "./connect_error.ts";
import { HttpRefusal, MAX_REFUSAL_BYTES } from "./http_refusal.ts";
import { schemeError, SchemeWatch } from "./other_scheme.ts";
import type { PeerTrust } from "./peer_trust.ts";

/** The largest message that is taken, in bytes. */
const MAX_MESSAGE_BYTES = 1_048_576;
/** Where an outbound WebSocket leads. */
export interface SocketRequest {
  /** `ws:` or `wss:`. */
  readonly url: string;
  /** Headers of the opening request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Subprotocols that are offered. */
  readonly protocols?: readonly string[];
  /** Whom to trust. Default: what the system trusts. */
  readonly trust?: PeerTrust | undefined;
}

let library: Promise<typeof import("./ws_client.ts")> | undefined;

/**
 * Loads what carries sockets, once; a gateway that needs none does without. Its first load reads the environment, so a
 * command calls it before it gives that permission up.
 */
export async function loadSockets(): Promise<void> {
  await (library ??= import("./ws_client.ts"));
}

/**
 * Opens a WebSocket to another host; aborting `signal` ends it, while opening and after. Messages are at most
 * 1 MiB. Rejects with `net.unreachable`, `net.certificate`, `net.scheme`, {@linkcode HttpRefusal} or `canceled`.
 */
export async function openSocket(
  request: SocketRequest,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  using watch = new SchemeWatch(request.url, signal);
  try {
    return await open(request, handlers, watch.signal);
  } catch (thrown) {
    const error = watch.fault ?? EarshotError.from(thrown, "net.unreachable");
    throw await schemeError(request.url, error, signal);
  }
}

async function open(
  request: SocketRequest,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  const canceled = () =>
    new EarshotError("canceled", `Cannot reach ${hostOf(request.url)}: the work was given up`);
  const { WebSocket, tlsTrust } = await (library ??= import("./ws_client.ts"));
  if (signal.aborted) throw canceled();
  const { promise, resolve, reject } = Promise.withResolvers<Connection>();
  const { trust, headers = {}, protocols = [] } = request;
  let socket: WebSocket;
  try {
    socket = new WebSocket(request.url, protocols, {
      headers,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
      ...(trust !== undefined && tlsTrust(trust)),
    });
  } catch (cause) {
    throw connectError(request.url, cause);
  }
  const outbound = new OutboundSocket(socket, handlers);
  const onAbort = () => {
    reject(canceled());
    outbound.destroy();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  let failure: EarshotError | undefined;
  let opened = false;
  socket.on("upgrade", ({ headers: { server } }) => outbound.software = server?.toString());
  socket.on("open", () => {
    opened = true;
    resolve(outbound);
  });
  socket.on("unexpected-response", (sent, response) => {
    void readRefusal(request.url, response).then((refusal) => {
      failure = refusal;
      reject(refusal);
      sent.destroy();
      outbound.destroy();
    });
  });
  socket.on("error", (error) => {
    failure ??= opened ? streamError(request.url, error) : connectError(request.url, error);
    reject(failure);
    outbound.destroy();
  });
  socket.on("close", (code, reason) => {
    signal.removeEventListener("abort", onAbort);
    reject(failure ?? connectError(request.url, new Error("it ended the connection")));
    outbound.ended({ code, reason: reason.toString(), ...(failure && { error: failure }) }, opened);
  });
  return await promise;
}

/** How much may be sent before it is looked at again how much waits, in bytes. */
const LOOK_EVERY_BYTES = 8_192;

const TEXT = { binary: false, compress: false } as const;
const BINARY = { binary: true, compress: false } as const;

class OutboundSocket extends QueuedConnection {
  software: string | undefined;
  readonly #socket: WebSocket;
  /** What was sent since it was last looked at how much waits, in bytes. */
  #uncheckedBytes = 0;

  constructor(socket: WebSocket, handlers: ConnectionHandlers) {
    super(handlers);
    this.#socket = socket;
    socket.on("message", (data, isBinary) => {
      if (!this.gone) handlers.onMessage(isBinary ? bytesOf(data) : data.toString());
    });
  }

  override get url(): string {
    return this.#socket.url;
  }

  protected override get queuedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  override get writable(): boolean {
    // Asking costs more than sending a packet of speech adds.
    if (!this.full && this.#uncheckedBytes < LOOK_EVERY_BYTES) return true;
    this.#uncheckedBytes = 0;
    return super.writable;
  }

  override send(message: string | Uint8Array): void {
    if (this.gone || this.#socket.readyState !== 1) return;
    this.#uncheckedBytes += message.length;
    this.#socket.send(message, typeof message === "string" ? TEXT : BINARY, this.onSent);
  }

  ping(onAnswer: () => void): void {
    if (this.gone || this.#socket.readyState !== 1) return;
    this.#socket.once("pong", onAnswer);
    this.#socket.ping();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  override close(): void {
    if (this.#socket.readyState === 1) this.#socket.close(1000);
  }

  override destroy(): void {
    this.gone = true;
    this.#socket.terminate();
  }
}

function bytesOf(data: Buffer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** An error of a connection that was up. */
function streamError(url: string, cause: Error & { readonly code?: unknown }): EarshotError {
  const host = hostOf(url);
  return cause.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH"
    ? new EarshotError("net.too_big", `Cannot take a message of ${host}: it is larger than 1 MiB`, { cause })
    : new EarshotError("net.unreachable", `Cannot go on with ${host}: ${cause.message}`, { cause });
}

/** How long a refusal's body is waited for, in ms. */
const REFUSAL_MS = 1_000;

async function readRefusal(url: string, response: IncomingMessage): Promise<HttpRefusal> {
  const timer = setTimeout(() => response.destroy(), REFUSAL_MS);
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const part of response) {
      parts.push(part);
      sizeBytes += part.length;
      if (sizeBytes >= MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // What has come has to do.
  }
  clearTimeout(timer);
  return new HttpRefusal(hostOf(url), {
    status: response.statusCode ?? 0,
    headers: new Map(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
    body: Buffer.concat(parts).subarray(0, MAX_REFUSAL_BYTES).toString(),
  });
}
