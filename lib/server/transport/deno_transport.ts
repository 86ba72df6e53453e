import type { TlsCertificate } from "../tls.ts";
import { acceptDenoSocket } from "./deno_socket.ts";
import { listenError } from "./listen_error.ts";
import { TcpTable } from "./tcp_table.ts";
import { badHost, type RequestHandler, type Transport } from "./transport.ts";

/**
 * The `deno` transport: `Deno.serve`. Connections that never become a request stay as long as their peers want,
 * and its WebSockets cannot be ended by force; the `ws` transport has no such limits.
 */
export const denoTransport: Transport = {
  name: "deno",
  listen({ hostname, port, tls, handler, clock }) {
    const table = new TcpTable({ clock });
    const server = serve({ hostname, port, ...tls }, { handler, table });
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
  { handler, table }: { readonly handler: RequestHandler; readonly table: TcpTable },
): Deno.HttpServer<Deno.NetAddr> {
  let port = options.port;
  try {
    const server = Deno.serve({ ...options, onListen: () => {} }, (request, { remoteAddr }) => {
      if (URL.parse(request.url) === null) return badHost();
      return handler({
        request,
        peer: remoteAddr.hostname,
        left: () => request.signal,
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
