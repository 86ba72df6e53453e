import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { PeerTrust } from "./peer_trust.ts";
import { tlsTrust } from "./tls_trust.ts";

/** Where a stream leads. */
export interface StreamRequest {
  /** A name or an address; of IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whom to trust; without it the connection is plain TCP. */
  readonly trust?: PeerTrust | undefined;
}

/** Begins a connection to another host, for libraries that speak over node's streams; whoever gets it ends it. */
export function openStream({ host, port, trust }: StreamRequest): Socket {
  if (trust === undefined) return connect({ host, port, noDelay: true });
  return connectTls({
    host,
    port,
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...tlsTrust(trust),
  });
}
