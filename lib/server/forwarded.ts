import type { AddressList } from "./address_list.ts";
import { plainAddress } from "./client_address.ts";

/** What a proxy adds to a request; one that carries any of it did not come straight from its client. */
const MARKS = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-real-ip",
  "via",
] as const;

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
  return MARKS.some((name) => headers.has(name));
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
  const [first = ""] = (headers.get("forwarded") ?? "").split(",");
  const standard = new Map(
    first.split(";").map((pair): [string, string] => {
      const [name = "", value = ""] = pair.split("=");
      return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, "$1")];
    }),
  );
  const read = (name: "proto" | "host" | "port") =>
    headers.get(`x-forwarded-${name}`)?.split(",")[0]?.trim() || standard.get(name) || "";
  const secure = { https: true, wss: true, http: false, ws: false }[read("proto").toLowerCase()];
  const host = readHost(read("host"));
  const port = readPort(read("port"));
  return secure === undefined && host === undefined && port === undefined
    ? undefined
    : { secure, host, port };
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
