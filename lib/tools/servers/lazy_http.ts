import type { HttpServer } from "./connect_http.ts";
import type { ConnectServer } from "./contract.ts";

/** As `connectHttp`, which is loaded with the first connection: who has no such server does without the official client. */
export function lazyHttp(server: HttpServer): ConnectServer {
  return async (handlers, signal) => {
    const { connectHttp }: typeof import("./connect_http.ts") = await import(
      new URL("./connect_http.ts", import.meta.url).href
    );
    return await connectHttp(server)(handlers, signal);
  };
}
