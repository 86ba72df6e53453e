import type { ConnectServer } from "./contract.ts";
import type { HttpServer } from "./connect_http.ts";

/** A name that the bundler and Deno do not follow: who has no such server does not load the official client. */
const MODULE = "./connect_http.ts";

/** As `connectHttp`, which is loaded with the first connection. */
export function lazyHttp(server: HttpServer): ConnectServer {
  return async (handlers, signal) => {
    const { connectHttp }: typeof import("./connect_http.ts") = await import(MODULE);
    return await connectHttp(server)(handlers, signal);
  };
}
