import { denoHttp } from "./deno_http.ts";
import type { HttpEngine } from "./http_engine.ts";

/** The engine of a name in the config; the packages of `ws` are loaded only when it is chosen. */
export async function loadHttpEngine(name: HttpEngine["name"]): Promise<HttpEngine> {
  if (name === "deno") return denoHttp;
  // A computed specifier, so that nothing is downloaded for an engine that is not used.
  const { wsHttp }: { readonly wsHttp: HttpEngine } = await import(
    new URL("./ws/ws_http.ts", import.meta.url).href
  );
  return wsHttp;
}
