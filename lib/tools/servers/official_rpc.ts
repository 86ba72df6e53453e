/**
 * The official MCP client. Loaded by a computed name, only where a server is configured: it takes 100 ms and some 20 MB.
 *
 * @module
 */
import { Client, ProtocolError, SdkError, SdkErrorCode, type Transport } from "@modelcontextprotocol/client";
import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import { raceSignal } from "../../lifecycle/mod.ts";
import type { JsonObject } from "../contract.ts";
import type { Rpc } from "./contract.ts";
import { RpcError } from "./rpc_error.ts";

/** Longer than any call may take; every call has a deadline of ours before it. */
const REQUEST_MS = 600_000;

/** Anything: the client's own schemas refuse a whole result for one part that they do not know. */
const anything = z.unknown();

/** What {@linkcode openOfficial} needs. */
export interface OfficialOptions {
  /** The server's name in the config. */
  readonly server: string;
  readonly transport: OwnTransport;
  /** Our version, which the server is told. */
  readonly version: string;
  /** The server says that its tools have changed. */
  readonly onChanged: () => void;
  /** The connection has ended, whoever ended it. */
  readonly onClosed: () => void;
}

/** A transport of ours for the official client. */
export interface OwnTransport extends Transport {
  /**
   * Sends, synchronously in `send`, a request that ends for good with `signal`; `fail` ends it where no answer can come any
   * more.
   */
  sendWithin?<T>(
    request: { readonly signal: AbortSignal; fail(error: EarshotError): void },
    send: () => T,
  ): T;
}

/** Connects and initializes. Rejects with `tool.*` or `canceled`; nothing stays open then. */
export async function openOfficial(options: OfficialOptions, signal: AbortSignal): Promise<Rpc> {
  const { server, transport, version } = options;
  const client = new Client({ name: "earshot", version }, { capabilities: {} });
  client.setNotificationHandler("notifications/tools/list_changed", () => options.onChanged());
  client.onclose = () => options.onClosed();
  // What matters of it reaches a request or `onclose`.
  client.onerror = () => {};
  const connecting = inContext(
    transport,
    signal,
    () => client.connect(transport, { signal, timeout: REQUEST_MS }),
  );
  try {
    await connecting;
  } catch (thrown) {
    await client.close().catch(() => {});
    throw faultOf(server, thrown, signal);
  }
  return {
    request: async (method: string, params: JsonObject, signal: AbortSignal) => {
      if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
      try {
        return await inContext(
          transport,
          signal,
          () => client.request({ method, params: { ...params } }, anything, { signal, timeout: REQUEST_MS }),
        );
      } catch (thrown) {
        throw faultOf(server, thrown, signal);
      }
    },
    close: () => client.close().catch(() => {}),
  };
}

/** Sends a request that ends with `signal`, or as soon as the transport knows that no answer comes. */
async function inContext<T>(
  transport: OwnTransport,
  signal: AbortSignal,
  send: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const sent = transport.sendWithin?.({ signal: over.signal, fail: failed.reject }, send) ?? send();
  sent.catch(() => {});
  try {
    return await raceSignal(Promise.race([sent, failed.promise]), signal);
  } finally {
    over.abort();
  }
}

function faultOf(server: string, thrown: unknown, signal: AbortSignal): Error {
  if (signal.aborted) return EarshotError.from(signal.reason, "canceled");
  if (thrown instanceof EarshotError) return thrown;
  if (thrown instanceof ProtocolError) return new RpcError(thrown.code, thrown.message);
  const gone = thrown instanceof SdkError &&
    (thrown.code === SdkErrorCode.ConnectionClosed || thrown.code === SdkErrorCode.NotConnected);
  return gone
    ? new EarshotError("tool.unavailable", `Cannot go on with ${server}: its connection has ended`)
    : new EarshotError("tool.protocol", `Cannot use ${server}: it does not speak MCP as it should`, {
      cause: thrown,
    });
}
