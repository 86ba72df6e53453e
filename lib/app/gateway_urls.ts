import { lanAddresses, type LanAddressKind, OTA_PATH, WEBSOCKET_PATH } from "../server/mod.ts";

/** The addresses of one gateway under one name. */
export interface GatewayUrls {
  /** For devices that are told a WebSocket URL. */
  readonly websocket: string;
  /** For devices that are told an OTA URL. */
  readonly ota: string;
  /** Everything else. */
  readonly http: string;
  /** Who reaches it: this machine, the network, or only containers or the other end of a tunnel. */
  readonly kind: "local" | LanAddressKind;
}

/**
 * Where a gateway is reached: the first from this machine, the others from its networks, the one to type into a
 * device before all others.
 */
export function gatewayUrls(
  { hostname, port, secure }: {
    /** Where it listens; `0.0.0.0` and `::` are everywhere. */
    readonly hostname: string;
    /** Its port. */
    readonly port: number;
    /** Whether it encrypts. */
    readonly secure: boolean;
  },
): readonly [GatewayUrls, ...GatewayUrls[]] {
  const everywhere = hostname === "0.0.0.0" || hostname === "::";
  const s = secure ? "s" : "";
  const urls = (address: string, kind: GatewayUrls["kind"]): GatewayUrls => {
    const host = `${address.includes(":") ? `[${address}]` : address}:${port}`;
    return {
      websocket: `ws${s}://${host}${WEBSOCKET_PATH}`,
      ota: `http${s}://${host}${OTA_PATH}`,
      http: `http${s}://${host}/`,
      kind,
    };
  };
  if (!everywhere) return [urls(hostname, "local")];
  return [urls("127.0.0.1", "local"), ...lanAddresses().map(({ address, kind }) => urls(address, kind))];
}
