import { Buffer } from "node:buffer";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import type { PeerTrust } from "./peer_trust.ts";

/** What node's TLS is told of whom to trust. */
export interface TlsTrust {
  /** Whether a certificate is looked at. */
  readonly rejectUnauthorized: boolean;
  /** PEM of what is trusted. */
  readonly ca?: string | string[];
  /** Says what is wrong with the name of a certificate that is trusted otherwise. */
  readonly checkServerIdentity?: (host: string, peer: PeerCertificate) => Error | undefined;
}

/**
 * Whom to trust, for node's TLS. A host that shows the very certificate that was given is who was meant, whatever name
 * is in it: those that sign themselves seldom have the address of their machine.
 */
export function tlsTrust({ verify, caCert }: PeerTrust): TlsTrust {
  // Without a list Deno looks for one by the environment, which `serve` gives up the permission for.
  if (!verify) return { rejectUnauthorized: false, ca: [] };
  if (caCert === undefined) return { rejectUnauthorized: true };
  const given = new Set(certificatesIn(caCert));
  return {
    rejectUnauthorized: true,
    ca: caCert,
    checkServerIdentity: (host, peer) =>
      given.has(Buffer.from(peer.raw).toString("base64")) ? undefined : checkServerIdentity(host, peer),
  };
}

/** The certificates of a PEM file, as base64 without line breaks. */
function certificatesIn(pem: string): string[] {
  return Array.from(
    pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g),
    ([, body = ""]) => body.replace(/\s/g, ""),
  );
}
