import { LOOPBACK } from "./address_list.ts";

/** What a proxy adds; a request that carries any of it was made by somebody else than the TCP peer. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const;

/**
 * Whether a request may see what is inside: only one that this machine makes for itself. Through a proxy on
 * this machine everybody would come from loopback, so what was forwarded does not count.
 */
export function adminAllowed(request: Request, peer: string): boolean {
  return LOOPBACK.has(peer) && FORWARDED.every((name) => !request.headers.has(name));
}
