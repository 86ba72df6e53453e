import { isIP } from "node:net";
import { z } from "zod";
import { looksSecret } from "../secrets/mod.ts";

/** How a URL may begin in a config. */
type UrlScheme = "http" | "https" | "ws" | "wss" | "tcp" | "mqtt" | "mqtts";

/** What is written instead of each scheme, where that one is not taken. */
const COUNTERPARTS: Readonly<Record<string, string>> = { http: "ws", https: "wss", ws: "http", wss: "https" };

/** A URL of one of `schemes`; what is wrong with another is told with what would be right. */
export function urlOf(...schemes: readonly [UrlScheme, ...UrlScheme[]]): z.ZodType<string, string> {
  return z.string().trim().refine((text) => urlFault(text, schemes) === undefined, {
    // What follows may read it as a URL.
    abort: true,
    error: ({ input }) => urlFault(String(input), schemes) ?? "",
  }).overwrite((text) => text.replace(/^[a-z][a-z\d+.-]*:/i, (scheme) => scheme.toLowerCase()))
    .meta({ format: "uri", expected: `a URL that begins with ${listed(schemes)}` });
}

/** What is wrong with a URL, and what would be right; `undefined` where it is one. */
function urlFault(text: string, schemes: readonly UrlScheme[]): string | undefined {
  const [, scheme = "", rest = bareOf(text)] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  const known = schemes.find((one) => one === scheme.toLowerCase());
  const counterpart = schemes.find((one) => one === COUNTERPARTS[scheme.toLowerCase()]);
  const why = known === undefined
    ? scheme === "" ? "it has no scheme" : `it begins with ${scheme}://`
    : urlFaultBehind(known, rest);
  if (why === undefined) return undefined;
  return `${why}: give a ${listed(schemes)} URL, such as ${known ?? counterpart ?? schemes[0]}://${
    exampleOf(rest)
  }`;
}

function listed(schemes: readonly UrlScheme[]): string {
  return schemes.map((scheme) => `${scheme}://`).join(" or ");
}

/** What is wrong behind the scheme. */
function urlFaultBehind(scheme: UrlScheme, rest: string): string | undefined {
  if (/\s/.test(rest)) return "it has a space in it";
  if (isBareIpv6(rest)) return "its IPv6 address has no brackets";
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(rest)) return "it has two schemes";
  if (/^([/?#:]|$)/.test(rest)) return "it names no host";
  const port = /^[^/?#]*:(\d+)(?=[/?#]|$)/.exec(rest)?.[1];
  if (port !== undefined && Number(port) > 65_535) return "its port is above 65535";
  const url = URL.parse(`${scheme}://${rest}`);
  if (url === null || url.hostname === "") return "it is no URL";
  // What carries WebSockets refuses it.
  return url.hash !== "" && /^wss?$/.test(scheme) ? "it has a #" : undefined;
}

/** Whether the host is an IPv6 address as it is written outside of URLs; its port may be one of its groups. */
function isBareIpv6(rest: string): boolean {
  return /^[\da-f]*:[\da-f]*:[\da-f:.]*(?=[/?#]|$)/i.test(rest);
}

/** An IPv6 address as URLs have it; where it ends as with a port, that is one. */
function inBrackets(host: string): string {
  const [, address = host, port] = /^(.*[\da-f:]):(\d{2,5})$/i.exec(host) ?? [];
  return isIP(address) === 6 && port !== undefined ? `[${address}]:${port}` : `[${host}]`;
}

/** What stands behind whatever was written for a scheme, such as `ws:` or `ws:/`. */
function bareOf(text: string): string {
  return text.replace(/^(https?|wss?|tcp|mqtts?):\/?(?!\d+(\/|$))/i, "").replace(/^\/+/, "");
}

/** What to write behind the scheme, without what may hold a key; of what is not clear, only the shape. */
function exampleOf(rest: string): string {
  const [, behind = rest] = /^[a-z][a-z\d+.-]*:\/\/(.*)$/is.exec(rest) ?? [];
  const plain = behind.replace(/^[^/?#]*@/, "").replace(/[?#].*$/s, "");
  const shown = isBareIpv6(plain) ? plain.replace(/^[^/]*/, inBrackets) : plain;
  const [, port = ""] = /^[^/]*:(\d+)(?=\/|$)/.exec(shown) ?? [];
  const isClear = /^([\w.-]+|\[[\w.:]+\])(:\d+)?(\/[\w./%-]*)?$/.test(shown) && Number(port) <= 65_535;
  return isClear && !looksSecret(shown) ? shown : "HOST:PORT";
}
