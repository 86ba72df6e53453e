import type { AddressList } from "../addresses/address_list.ts";
import { plainAddress } from "../addresses/client_address.ts";
import { forwardedAddress, type HostAndPort, isForwarded, readHost } from "../addresses/forwarded.ts";
import { addressToward } from "../addresses/lan_address.ts";

/** The path of the WebSocket that devices are told. */
export const WEBSOCKET_PATH = "/xiaozhi/v1/";

/** What is known of the gateway's own address. */
export interface OwnAddress {
  /** The WebSocket URL, where the config has one. */
  readonly publicUrl: string | undefined;
  /** The port on which WebSockets are taken. */
  readonly port: number;
  /** The second port, for OTA; 0 is none. */
  readonly otaPort: number;
  /** Whether they are encrypted. */
  readonly secure: boolean;
  /** The proxies that are believed. */
  readonly trustedProxies: AddressList;
}

/** Why the URL may be wrong: a proxy is not trusted, or does not say under which address it is reached. */
export type UrlDoubt = "untrusted" | "silent";

/** The WebSocket URL for one device. */
export interface WebsocketUrl {
  /** The URL. */
  readonly url: string;
  /** There when it may be wrong. */
  readonly doubt?: UrlDoubt;
}

/**
 * The WebSocket URL for one device: as configured, else as a trusted proxy says, else by the name and the port under
 * which it found us, else by the address of the interface on its subnet. Firmware names no port in its `Host`; then
 * it is our own.
 */
export function websocketUrlFor(request: Request, peer: string, own: OwnAddress): WebsocketUrl {
  if (own.publicUrl !== undefined) return { url: own.publicUrl };
  const host = readHost(requestHost(request));
  const forwarded = forwardedAddress(request.headers, peer, own.trustedProxies);
  if (forwarded !== undefined) {
    // A port of TLS says as much where the proxy does not.
    const { secure = forwarded.port === 443 || own.secure } = forwarded;
    const asked = forwarded.host ?? host;
    // Where the proxy tells no port, it is the usual one of what it tells.
    return { url: urlOf({ name: nameOf(asked, peer), port: forwarded.port ?? asked?.port }, secure) };
  }
  const trusted = own.trustedProxies.has(plainAddress(peer));
  // A proxy that is trusted and says nothing asks by the address under which it knows us.
  const doubt: { readonly doubt?: UrlDoubt } = trusted
    ? { doubt: "silent" }
    : isForwarded(request.headers)
    ? { doubt: "untrusted" }
    : {};
  // On the second port it is the first that is told: clients of old know WebSockets only there.
  const port = host?.port === undefined || host.port === own.otaPort ? own.port : host.port;
  return { url: urlOf({ name: nameOf(host, peer), port }, own.secure), ...doubt };
}

/** The host that the client asked for: as a trusted proxy says, else as in the request. */
export function askedHost(request: Request, peer: string, trusted: AddressList): HostAndPort | undefined {
  return forwardedAddress(request.headers, peer, trusted)?.host ?? readHost(requestHost(request));
}

function nameOf(host: HostAndPort | undefined, peer: string): string {
  return host?.name ?? addressToward(peer);
}

/** Leaves the usual port out, as every URL does. */
function urlOf({ name, port }: HostAndPort, secure: boolean): string {
  return new URL(`${secure ? "wss" : "ws"}://${name}${port === undefined ? "" : `:${port}`}${WEBSOCKET_PATH}`)
    .href;
}

/** As the device wrote it. HTTP/2 knows no `Host`, and without either the transport makes a URL up. */
function requestHost(request: Request): string | null {
  return request.headers.get("host") ?? (request.url.startsWith("https:") ? new URL(request.url).host : null);
}
