import { EarshotError } from "../../errors/mod.ts";
import { denoTransport } from "./deno_transport.ts";
import type { Transport } from "./transport.ts";

/** The transport of a name in the config; the packages of `ws` are loaded only when it is chosen. */
export async function loadTransport(name: Transport["name"]): Promise<Transport> {
  if (name === "deno") return denoTransport;
  // Only for the executable of closed machines: with its Deno 2.7 no WebSocket would come about.
  if (Deno.version.deno.startsWith("2.7.")) {
    throw new EarshotError(
      "config.invalid",
      `Cannot use server.transport: ws takes Deno 2.9, and this is ${Deno.version.deno}`,
    );
  }
  return (await import("./ws_transport.ts")).wsTransport;
}
