import type { Clock } from "../../lifecycle/mod.ts";
import type { TlsCertificate } from "../tls.ts";
import { acceptDenoSocket } from "./deno_socket.ts";
import { listenError } from "./listen_error.ts";
import { type TcpPorts, TcpTable } from "./tcp_table.ts";
import { badHost, type RequestHandler, type Transport } from "./transport.ts";

/** How often it is looked whether a client is still there, in ms. */
const LOOK_EVERY_MS = 1_000;

/**
 * The `deno` transport: `Deno.serve`. Connections that never become a request stay as long as their peers want,
 * and its WebSockets cannot be ended by force; the `ws` transport has no such limits.
 */
export const denoTransport: Transport = {
  name: "deno",
  listen({ hostname, port, tls, handler, clock }) {
    const table = new TcpTable({ clock });
    const server = serve({ hostname, port, ...tls }, { handler, table, clock });
    return {
      port: server.addr.port,
      ready: Promise.resolve(),
      ended: server.finished.then(() => "it ended by itself", (reason: unknown) => reason),
      async close() {
        await server.shutdown();
        await table.close();
      },
    };
  },
};

function serve(
  options: { readonly hostname: string; readonly port: number } & Partial<TlsCertificate>,
  { handler, table, clock }: {
    readonly handler: RequestHandler;
    readonly table: TcpTable;
    readonly clock: Clock;
  },
): Deno.HttpServer<Deno.NetAddr> {
  let port = options.port;
  try {
    const server = Deno.serve({ ...options, onListen: () => {} }, (request, { remoteAddr }) => {
      if (URL.parse(request.url) === null) return badHost();
      return handler({
        request,
        peer: remoteAddr.hostname,
        // Its `signal` tells nothing once a body took more than one read from the socket (Deno 2.9.6).
        onLeft: (listener) => watchEnd({ local: port, remote: remoteAddr.port }, { table, clock, listener }),
        upgrade(limits) {
          const ports = { local: port, remote: remoteAddr.port };
          return acceptDenoSocket(request, { limits, holds: () => table.holds(ports) });
        },
      });
    });
    port = server.addr.port;
    return server;
  } catch (cause) {
    throw listenError(options, cause);
  }
}

/** Looks from time to time whether the peer of a connection has closed it. */
function watchEnd(
  ports: TcpPorts,
  { table, clock, listener }: {
    readonly table: TcpTable;
    readonly clock: Clock;
    readonly listener: () => void;
  },
): () => void {
  let over = false;
  let cancel = () => {};
  const look = async () => {
    const left = await table.hasLeft(ports);
    if (over) return;
    if (left) listener();
    else cancel = clock.schedule(LOOK_EVERY_MS, look);
  };
  cancel = clock.schedule(LOOK_EVERY_MS, look);
  return () => {
    over = true;
    cancel();
  };
}
