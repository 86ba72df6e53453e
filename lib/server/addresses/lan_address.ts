import { defaultInterface } from "./default_route.ts";

/** One address of this machine with its network. */
export interface InterfaceAddress {
  /** The interface's name, where the system tells. */
  readonly name?: string;
  /** `IPv4` or `IPv6`. */
  readonly family: string;
  /** The address. */
  readonly address: string;
  /** The mask of its network, in the same notation. */
  readonly netmask: string;
}

/** What an address is good for: devices on the network reach the first kind only. */
export type LanAddressKind = "lan" | "container" | "vpn";

/** An address of this machine that others can reach. */
export interface LanAddress {
  /** The address. */
  readonly address: string;
  /** Who can reach it. */
  readonly kind: LanAddressKind;
}

/** Networks of containers and virtual machines, by how their tools name the interface. */
const CONTAINERS =
  /^(?:docker\d|docker_gwbridge|br-[0-9a-f]{12}$|veth|virbr|vnet\d|lxcbr|lxdbr|incusbr|podman|cni|flannel|cali|kube-|nerdctl|cilium|vmnet|vboxnet|bridge1\d\d$|vEthernet \()/;

/** Tunnels: what is at their other end is no device of this network. */
const VPNS = /^(?:tailscale|tun|tap|utun|wg|zt|ppp|nordlynx|ipsec)/;

/**
 * The IPv4 addresses of this machine that others on its networks can reach: the one of the default route first, those
 * of containers and tunnels last.
 */
export function lanAddresses(
  interfaces: readonly InterfaceAddress[] = Deno.networkInterfaces(),
  route: string | undefined = defaultInterface(),
): LanAddress[] {
  return interfaces
    .filter(({ family, address }) =>
      family === "IPv4" && !address.startsWith("127.") && !address.startsWith("169.254.")
    )
    .map(({ name = "", address }) => ({
      address,
      kind: kindOf(name, route),
      first: name !== "" && name === route,
    }))
    .sort((a, b) => rank(a) - rank(b))
    .map(({ address, kind }) => ({ address, kind }));
}

/**
 * The address of this machine that `peer` can reach: the one on its own network, else the first one on any
 * network, else loopback.
 */
export function addressToward(
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
  return lanAddresses(interfaces)[0]?.address ?? "127.0.0.1";
}

/** A bridge over which the default route goes is the network itself, whatever it is called. */
function kindOf(name: string, route: string | undefined): LanAddressKind {
  if (VPNS.test(name)) return "vpn";
  return name !== route && CONTAINERS.test(name) ? "container" : "lan";
}

function rank({ kind, first }: { readonly kind: LanAddressKind; readonly first: boolean }): number {
  return kind === "lan" ? (first ? 0 : 1) : 2;
}

function ipv4Bits(address: string): number | undefined {
  const parts = address.split(".").map(Number);
  if (parts.length !== 4 || !parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255)) {
    return undefined;
  }
  return parts.reduce((bits, part) => (bits << 8) | part, 0);
}
