import type { AddressList } from "./address_list.ts";
import { plainAddress } from "./client_address.ts";

/** What a proxy adds to a request; one that carries any of it did not come straight from its client. */
const MARKS = [
  "forwarded",
  "via",
  "x-real-ip",
  "x-client-ip",
  "x-scheme",
  "x-url-scheme",
  "x-original-host",
  "front-end-https",
  "true-client-ip",
  "cf-ray",
] as const;
/** How the others begin, whatever the proxy is. */
const MARKED = "x-forwarded-";

/** A name with its value in `Forwarded`, and what parts it from the one before: a comma begins what the next proxy says. */
const PAIR = /([,;]?)\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^",;\s]*))\s*/gyi;

/** A name or an address with an optional port, as in `Host`. */
const HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i;

/** A host, taken apart. */
export interface HostAndPort {
  /** The name; an IPv6 address in brackets. */
  readonly name: string;
  /** The port, where there is one. */
  readonly port: number | undefined;
}

/** The address that a client used, as the proxy in front says. */
export interface ForwardedAddress {
  /** Whether the client spoke TLS. */
  readonly secure: boolean | undefined;
  /** The host that it asked for. */
  readonly host: HostAndPort | undefined;
  /** The port that it connected to. */
  readonly port: number | undefined;
}

/** Whether a proxy has handled a request, as far as it says so. */
export function isForwarded(headers: Headers): boolean {
  return MARKS.some((name) => headers.has(name)) ||
    [...headers.keys()].some((name) => name.startsWith(MARKED));
}

/**
 * The address under which a client asked, from `X-Forwarded-Proto`, `-Host` and `-Port`, else from `Forwarded`;
 * `undefined` where the peer is no trusted proxy or says nothing. Of a list the first counts: it is the outermost
 * proxy's.
 */
export function forwardedAddress(
  headers: Headers,
  peer: string,
  trusted: AddressList,
): ForwardedAddress | undefined {
  if (!trusted.has(plainAddress(peer))) return undefined;
  const standard = outermost(headers.get("forwarded") ?? "");
  const read = (name: "proto" | "host" | "port") =>
    headers.get(`x-forwarded-${name}`)?.split(",")[0]?.trim() || standard.get(name) || "";
  const secure = { https: true, wss: true, http: false, ws: false }[read("proto").toLowerCase()];
  const host = readHost(read("host"));
  const port = readPort(read("port"));
  return secure === undefined && host === undefined && port === undefined
    ? undefined
    : { secure, host, port };
}

/** What the outermost proxy says in `Forwarded`; text in quotes may hold what parts things elsewhere. */
function outermost(forwarded: string): ReadonlyMap<string, string> {
  const said = new Map<string, string>();
  for (const [, mark, name = "", quoted, plain = ""] of forwarded.trim().matchAll(PAIR)) {
    if (mark === ",") break;
    said.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? plain);
  }
  return said;
}

/** Takes a `Host` apart; `undefined` when it is none. */
export function readHost(text: string | null): HostAndPort | undefined {
  const [, name, port] = HOST.exec(text ?? "") ?? [];
  if (name === undefined || URL.parse(`http://${name}`) === null) return undefined;
  return { name, port: port === undefined ? undefined : readPort(port) };
}

/** As in a header. */
export function writeHost({ name, port }: HostAndPort): string {
  return port === undefined ? name : `${name}:${port}`;
}

function readPort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
