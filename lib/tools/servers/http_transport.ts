import {
  type JSONRPCMessage,
  StreamableHTTPClientTransport,
  type StreamableHTTPClientTransportOptions,
} from "@modelcontextprotocol/client";
import type { EarshotError } from "../../errors/mod.ts";
import type { OwnTransport } from "./official_rpc.ts";

/** How long a server may take to let a session go, in ms. */
const FAREWELL_MS = 1_000;

/** What the official transport takes beside a message. */
type SendOptions = Parameters<StreamableHTTPClientTransport["send"]>[1];

/** A request that is under way. */
interface PendingRequest {
  readonly signal: AbortSignal;
  fail(error: EarshotError): void;
}

/** A request of the official client itself, which has its own deadline. */
const OF_THE_CLIENT: Pick<PendingRequest, "fail"> = { fail: () => {} };

/** The official transport, whose POSTs end with the request that they carry. */
export class HttpTransport extends StreamableHTTPClientTransport implements OwnTransport {
  readonly #pending = new Map<string | number, PendingRequest>();
  #sending: PendingRequest | undefined;
  #closed: Promise<void> | undefined;

  /** Opens nothing yet. */
  constructor(url: URL, options: StreamableHTTPClientTransportOptions) {
    super(url, options);
  }

  /** See {@linkcode OwnTransport.sendWithin}. */
  sendWithin<T>(request: PendingRequest, send: () => T): T {
    this.#sending = request;
    try {
      return send();
    } finally {
      this.#sending = undefined;
    }
  }

  /** Sends a message, in a POST that ends with the request. */
  override async send(
    message: JSONRPCMessage | JSONRPCMessage[],
    options?: SendOptions,
  ): Promise<void> {
    const request = this.#sending;
    this.#sending = undefined;
    const id = !Array.isArray(message) && "method" in message && "id" in message ? message.id : undefined;
    if (request === undefined || id === undefined) return await super.send(message, options);
    this.#pending.set(id, request);
    request.signal.addEventListener("abort", () => this.#pending.delete(id), { once: true });
    await super.send(message, { ...options, requestSignal: request.signal });
  }

  /** The request that a POST with this body carries. */
  requestOf(body: string): Pick<PendingRequest, "fail"> | undefined {
    const message: unknown = JSON.parse(body);
    if (typeof message !== "object" || message === null || !("id" in message)) return undefined;
    const { id } = message;
    const pending = typeof id === "string" || typeof id === "number" ? this.#pending.get(id) : undefined;
    return pending ?? OF_THE_CLIENT;
  }

  /** Lets the server forget the session, for at most a second, and ends every connection. */
  override close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    const timer = Promise.withResolvers<void>();
    const handle = setTimeout(timer.resolve, FAREWELL_MS);
    await Promise.race([this.terminateSession().catch(() => {}), timer.promise]);
    clearTimeout(handle);
    await super.close();
  }
}
