import { isIP } from "node:net";
import type { AddressList } from "./address_list.ts";

/**
 * Whom a request comes from: the TCP peer or, when that is a trusted proxy, the last hop in `X-Forwarded-For`
 * that is none. What stands further left was written by the client and proves nothing.
 */
export function clientAddress(request: Request, peer: string, trusted: AddressList): string {
  let address = plainAddress(peer);
  const hops = request.headers.get("x-forwarded-for")?.split(",") ?? [];
  while (trusted.has(address)) {
    const hop = plainAddress(hops.pop() ?? "");
    if (isIP(hop) === 0) return address;
    address = hop;
  }
  return address;
}

/** One spelling for each address: no port, no brackets, no IPv4 inside IPv6. */
export function plainAddress(hop: string): string {
  const bare = hop.trim().replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/^::ffff:(?=[\d.]+$)/i, "");
  return (bare.includes(".") && !bare.includes("::") ? bare.replace(/:\d+$/, "") : bare).toLowerCase();
}
