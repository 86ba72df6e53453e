import { assertEquals } from "@std/assert";
import { parseRoutes } from "../../../lib/server/addresses/default_route.ts";
import {
  addressToward,
  type InterfaceAddress,
  lanAddresses,
} from "../../../lib/server/addresses/lan_address.ts";
import { test } from "../../support/test.ts";

const INTERFACES: readonly InterfaceAddress[] = [
  { family: "IPv4", address: "127.0.0.1", netmask: "255.0.0.0" },
  { family: "IPv4", address: "169.254.7.7", netmask: "255.255.0.0" },
  { family: "IPv4", address: "10.1.2.3", netmask: "255.255.255.0" },
  { family: "IPv4", address: "192.168.8.20", netmask: "255.255.252.0" },
  { family: "IPv6", address: "fe80::1", netmask: "ffff:ffff:ffff:ffff::" },
];

/** Interfaces of the given names, each with an address of its own. */
function named(...names: readonly string[]): readonly InterfaceAddress[] {
  return names.map((name, index) => ({
    name,
    family: "IPv4",
    address: `10.${index}.0.1`,
    netmask: "255.255.0.0",
  }));
}

/** The names of such interfaces in the order in which they are told, each with what it is good for. */
function order(names: readonly string[], route: string | undefined): readonly string[] {
  return lanAddresses(named(...names), route).map(({ address, kind }) =>
    `${names[Number(address.split(".")[1])]} ${kind}`
  );
}

test("a device is told the address on its own network", () => {
  assertEquals(addressToward("192.168.11.99", INTERFACES), "192.168.8.20");
  assertEquals(addressToward("10.1.2.200", INTERFACES), "10.1.2.3");
  assertEquals(addressToward("::ffff:192.168.9.1", INTERFACES), "192.168.8.20");
  assertEquals(addressToward("127.0.0.1", INTERFACES), "127.0.0.1");
});

test("a device from elsewhere is told an address that others can reach", () => {
  assertEquals(addressToward("203.0.113.9", INTERFACES), "10.1.2.3");
  assertEquals(addressToward("fe80::99", INTERFACES), "10.1.2.3");
  assertEquals(addressToward("nonsense", INTERFACES), "10.1.2.3");
  assertEquals(addressToward("203.0.113.9", INTERFACES.slice(0, 2)), "127.0.0.1");
});

test("loopback and link-local addresses are nobody's way to us", () => {
  assertEquals(lanAddresses(INTERFACES, undefined).map(({ address }) => address), [
    "10.1.2.3",
    "192.168.8.20",
  ]);
});

test("the address of the default route comes first, those of containers and tunnels last and marked", () => {
  assertEquals(
    order(["docker0", "tailscale0", "br-0123456789ab", "eth0", "veth1a2b3c", "virbr0", "wlan0"], "wlan0"),
    [
      "wlan0 lan",
      "eth0 lan",
      "docker0 container",
      "tailscale0 vpn",
      "br-0123456789ab container",
      "veth1a2b3c container",
      "virbr0 container",
    ],
  );
  assertEquals(order(["br0", "vmbr0", "br-lan", "enp3s0"], undefined), [
    "br0 lan",
    "vmbr0 lan",
    "br-lan lan",
    "enp3s0 lan",
  ]);
  // Whatever the network itself goes over is no container's; a tunnel that takes everything is still one.
  assertEquals(order(["docker0", "virbr0"], "virbr0"), ["virbr0 lan", "docker0 container"]);
  assertEquals(order(["wg0", "eth0"], "wg0"), ["eth0 lan", "wg0 vpn"]);
});

test("the default route is the one with the lowest metric that is up", () => {
  const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
  const line = (name: string, to: string, flags: string, metric: number, mask = "00000000") =>
    `${name}\t${to}\t0102A8C0\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0  \n`;
  const lan = line("eth0", "0002A8C0", "0001", 0, "00FFFFFF");
  assertEquals(parseRoutes(head + lan), undefined);
  assertEquals(parseRoutes(""), undefined);
  assertEquals(
    parseRoutes(
      head + lan + line("wlan0", "00000000", "0003", 600) + line("eth0", "00000000", "0003", 100) +
        line("eth1", "00000000", "0002", 1),
    ),
    "eth0",
  );
});
