/**
 * Streamable HTTP by the official client; loaded by a computed name, as {@linkcode module:official_rpc} is.
 *
 * @module
 */
import type { Clock } from "../../lifecycle/mod.ts";
import { HttpClient, type PeerTrust } from "../../net/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import type { ConnectServer } from "./contract.ts";
import { HttpTransport } from "./http_transport.ts";
import { mcpFetch } from "./mcp_fetch.ts";
import { McpLink } from "./mcp_link.ts";
import { openOfficial } from "./official_rpc.ts";

/** Where a server is, and as whom it is asked. */
export interface HttpServer {
  /** Its name in the config. */
  readonly server: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly trust: PeerTrust;
  readonly clock: Clock;
  /** Our version. */
  readonly version: string;
}

/** Connects to a server over streamable HTTP. */
export function connectHttp({ server, url, headers, trust, clock, version }: HttpServer): ConnectServer {
  return async (handlers, signal) => {
    const http = new HttpClient(trust);
    let closing = false;
    const current: { link?: McpLink } = {};
    const onEnd = (fault: EarshotError) => {
      if (!closing) handlers.onEnd(fault);
    };
    const transport: HttpTransport = new HttpTransport(new URL(url), {
      requestInit: { headers },
      fetch: mcpFetch({
        server,
        http,
        clock,
        requestOf: (body) => transport.requestOf(body),
        onEnd,
      }),
      reconnectionOptions: {
        initialReconnectionDelay: 1_000,
        maxReconnectionDelay: 30_000,
        reconnectionDelayGrowFactor: 2,
        maxRetries: 5,
      },
    });
    try {
      const rpc = await openOfficial({
        server,
        transport,
        version,
        onChanged: () => current.link?.changed(),
        onClosed: () => onEnd(closedError(server)),
      }, signal);
      const close = async () => {
        closing = true;
        await rpc.close();
        http.close();
      };
      const options = { server, clock, handlers };
      return current.link = await McpLink.open({ request: rpc.request, close }, options, signal);
    } catch (thrown) {
      closing = true;
      http.close();
      throw thrown;
    }
  };
}

function closedError(server: string): EarshotError {
  return new EarshotError("tool.unavailable", `Cannot go on with ${server}: its connection has ended`);
}
