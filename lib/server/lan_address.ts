/** One address of this machine with its network. */
export interface InterfaceAddress {
  /** `IPv4` or `IPv6`. */
  readonly family: string;
  /** The address. */
  readonly address: string;
  /** The mask of its network, in the same notation. */
  readonly netmask: string;
}

/** The IPv4 addresses of this machine that others on its networks can reach. */
export function lanAddresses(interfaces: readonly InterfaceAddress[] = Deno.networkInterfaces()): string[] {
  return interfaces
    .filter(({ family, address }) =>
      family === "IPv4" && !address.startsWith("127.") && !address.startsWith("169.254.")
    )
    .map(({ address }) => address);
}

/**
 * The address of this machine that `peer` can reach: the one on its own network, else the first one on any
 * network, else loopback.
 */
export function addressTowards(
  peer: string,
  interfaces: readonly InterfaceAddress[] = Deno.networkInterfaces(),
): string {
  const peerBits = ipv4Bits(peer.replace(/^::ffff:/i, ""));
  if (peerBits !== undefined) {
    for (const { family, address, netmask } of interfaces) {
      const bits = family === "IPv4" ? ipv4Bits(address) : undefined;
      const mask = ipv4Bits(netmask);
      if (bits !== undefined && mask !== undefined && (bits & mask) === (peerBits & mask)) return address;
    }
  }
  return lanAddresses(interfaces)[0] ?? "127.0.0.1";
}

function ipv4Bits(address: string): number | undefined {
  const parts = address.split(".").map(Number);
  if (parts.length !== 4 || !parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255)) {
    return undefined;
  }
  return parts.reduce((bits, part) => (bits << 8) | part, 0);
}
