import { denoTransport } from "./deno_transport.ts";
import type { Transport } from "./transport.ts";

/** The transport of a name in the config; the packages of `ws` are loaded only when it is chosen. */
export async function loadTransport(name: Transport["name"]): Promise<Transport> {
  return name === "deno" ? denoTransport : (await import("./ws_transport.ts")).wsTransport;
}
