import { EarshotError } from "../../../errors/mod.ts";
import { hostOf, type HttpAnswer, type HttpClient, HttpRefusal, type HttpRequest } from "../../../net/mod.ts";

/** How often a host may send a request on. */
const MOST_REDIRECTS = 3;

/**
 * Sends a request, and follows where the same host sends it on to itself, at most three times. Another host is never
 * asked: it would be sent what was meant for the one that the config names.
 *
 * @throws {EarshotError} `tool.refused` for another host or too many redirects, and what `HttpClient.fetch` throws
 */
export async function fetchSameOrigin(
  client: Pick<HttpClient, "fetch">,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { origin } = new URL(request.url);
  let asked = request;
  for (let redirects = 0;; redirects++) {
    try {
      return await client.fetch(asked, signal);
    } catch (thrown) {
      const next = thrown instanceof HttpRefusal ? redirected(asked, thrown) : undefined;
      if (next === undefined) throw thrown;
      if (new URL(next.url).origin !== origin || redirects >= MOST_REDIRECTS) {
        const why = redirects >= MOST_REDIRECTS
          ? "it sends the request on and on"
          : "it sends it to another host";
        throw new EarshotError("tool.refused", `Cannot ask ${hostOf(request.url)}: ${why}`, {
          cause: thrown,
        });
      }
      asked = next;
    }
  }
}

/** The request to which an answer sends this one on, as browsers do; `undefined` where it does not. */
function redirected(request: HttpRequest, { status, headers }: HttpRefusal): HttpRequest | undefined {
  const location = headers.get("location");
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const url = URL.parse(location, request.url)?.href;
  if (url === undefined) return undefined;
  if (status === 307 || status === 308 || request.method === "GET") return { ...request, url };
  const { body: _, headers: sent = {}, ...rest } = request;
  const kept = Object.entries(sent).filter(([name]) => name.toLowerCase() !== "content-type");
  return { ...rest, url, method: "GET", headers: Object.fromEntries(kept) };
}
