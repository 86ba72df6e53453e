import { EarshotError } from "../../errors/mod.ts";

/** Says why an address could not be listened on: `server.port_in_use` or `server.listen`. */
export function listenError(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  cause: unknown,
): EarshotError {
  const address = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  if (cause instanceof Deno.errors.AddrInUse) {
    return new EarshotError(
      "server.port_in_use",
      `Cannot listen on ${address}: another program has the port. ` +
        `Stop it, or choose another port with --port (0 takes any free one)`,
      { cause },
    );
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new EarshotError("server.listen", `Cannot listen on ${address}: ${why}`, { cause });
}
