import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import { type Clock, raceSignal } from "../../lifecycle/mod.ts";
import { type Connection, HttpRefusal, openSocket, type PeerTrust, type SocketEnd } from "../../net/mod.ts";
import type { JsonObject } from "../contract.ts";
import type { ConnectServer, Rpc } from "./contract.ts";
import { McpLink, NO_TOOL_THERE } from "./mcp_link.ts";
import { RpcError } from "./rpc_error.ts";

const PROTOCOL_VERSION = "2024-11-05";

const message = z.looseObject({
  id: z.union([z.number(), z.string()]).nullable().optional(),
  method: z.string().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number(), message: z.string().catch("") }).optional(),
});

/** Where an access point is. */
export interface AccessPoint {
  /** Its name in the config. */
  readonly server: string;
  /** For those who call. */
  readonly url: string;
  readonly trust: PeerTrust;
  readonly clock: Clock;
  /** Our version. */
  readonly version: string;
}

/** Connects to an access point. */
export function connectAccessPoint({ server, url, trust, clock, version }: AccessPoint): ConnectServer {
  return async (handlers, signal) => {
    const current: { link?: McpLink } = {};
    const rpc = new SocketRpc(server, {
      onChanged: () => current.link?.changed(),
      onEnd: (fault) => handlers.onEnd(fault),
    });
    await rpc.open({ url, trust }, signal);
    try {
      await rpc.request("initialize", {
        protocolVersion: PROTOCOL_VERSION,
        capabilities: {},
        clientInfo: { name: "earshot", version },
      }, signal);
    } catch (thrown) {
      await rpc.close();
      throw thrown instanceof RpcError ? refused(server, thrown) : thrown;
    }
    rpc.notify("notifications/initialized");
    return current.link = await McpLink.open(rpc, { server, clock, handlers }, signal);
  };
}

/** JSON-RPC over a WebSocket, numbered from 1: the access point drops the 0 that the official client begins with. */
class SocketRpc implements Rpc {
  readonly #server: string;
  readonly #handlers: { onChanged(): void; onEnd(fault: EarshotError): void };
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #closing = new AbortController();
  #socket: Connection | undefined;
  #fault: EarshotError | undefined;
  #nextId = 1;

  constructor(server: string, handlers: { onChanged(): void; onEnd(fault: EarshotError): void }) {
    this.#server = server;
    this.#handlers = handlers;
  }

  /** Opens the socket. */
  async open(
    { url, trust }: { readonly url: string; readonly trust: PeerTrust },
    signal: AbortSignal,
  ): Promise<void> {
    const onAbort = () => this.#closing.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      this.#socket = await openSocket({ url, trust }, {
        onMessage: (data) => this.#receive(data),
        onWritable: () => {},
        onClosed: (end) => this.#onClosed(end),
      }, this.#closing.signal);
    } catch (thrown) {
      throw openFault(this.#server, thrown);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** See {@linkcode Rpc.request}. */
  async request(method: string, params: JsonObject, signal: AbortSignal): Promise<unknown> {
    const socket = this.#socket;
    if (this.#fault !== undefined || socket === undefined) throw this.#fault ?? this.#endFault("");
    if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
    if (!socket.writable) {
      throw new EarshotError("tool.unavailable", `Cannot use ${this.#server}: it does not read`);
    }
    const id = this.#nextId++;
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, answer);
    socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    try {
      return await raceSignal(answer.promise, signal);
    } catch (thrown) {
      if (thrown instanceof RpcError && thrown.code === NO_TOOL_THERE) throw refused(this.#server, thrown);
      if (signal.aborted) this.notify("notifications/cancelled", { requestId: id, reason: "given up" });
      throw thrown;
    } finally {
      this.#pending.delete(id);
    }
  }

  /** Says something that has no answer. */
  notify(method: string, params: JsonObject = {}): void {
    if (this.#socket?.writable === true) {
      this.#socket.send(JSON.stringify({ jsonrpc: "2.0", method, params }));
    }
  }

  /** See {@linkcode Rpc.close}. */
  close(): Promise<void> {
    this.#fault ??= this.#endFault("it was closed");
    this.#socket?.close();
    this.#socket?.destroy();
    this.#rejectAll();
    return Promise.resolve();
  }

  #receive(data: string | Uint8Array): void {
    const read = message.safeParse(jsonOf(data));
    if (!read.success) return;
    const { id, method, result, error } = read.data;
    if (method === "notifications/tools/list_changed") return this.#handlers.onChanged();
    if (method !== undefined && id !== undefined) return this.#answer(id, method);
    const pending = typeof id === "number" ? this.#pending.get(id) : undefined;
    if (error !== undefined) pending?.reject(new RpcError(error.code, error.message));
    else if (result !== undefined) pending?.resolve(result);
  }

  #answer(id: number | string | null, method: string): void {
    const answer = method === "ping"
      ? { result: {} }
      : { error: { code: -32_601, message: "Method not found" } };
    if (this.#socket?.writable === true) {
      this.#socket.send(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
    }
  }

  #onClosed({ code, error }: SocketEnd): void {
    if (this.#fault !== undefined) return;
    this.#fault = this.#endFault(error?.message ?? `it ended the connection (${code})`);
    this.#rejectAll();
    this.#handlers.onEnd(this.#fault);
  }

  #rejectAll(): void {
    for (const { promise, reject } of this.#pending.values()) {
      promise.catch(() => {});
      reject(this.#fault);
    }
  }

  #endFault(state: string): EarshotError {
    return new EarshotError(
      "tool.unavailable",
      `Cannot use ${this.#server}: ${state === "" ? "it is not connected" : state}`,
    );
  }
}

function jsonOf(data: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data));
  } catch {
    return undefined;
  }
}

function openFault(server: string, thrown: unknown): EarshotError {
  const error = EarshotError.from(thrown, "tool.unavailable");
  if (error instanceof HttpRefusal) {
    const code = error.status === 401 || error.status === 403 ? "tool.auth" : "tool.unavailable";
    return new EarshotError(code, `Cannot use ${server}: it answered ${error.status}`, { cause: error });
  }
  return error.code.startsWith("net.")
    ? new EarshotError("tool.unavailable", `Cannot use ${server}: ${error.message}`, { cause: error })
    : error;
}

function refused(server: string, { code }: RpcError): EarshotError {
  return code === NO_TOOL_THERE
    ? new EarshotError("tool.unavailable", `Cannot use ${server}: nothing that has tools is connected to it`)
    : new EarshotError("tool.protocol", `Cannot use ${server}: it refuses initialize with ${code}`);
}
