import { assertEquals } from "@std/assert";
import { addressTowards, type InterfaceAddress, lanAddresses } from "../../lib/server/mod.ts";
import { test } from "../support/test.ts";

const INTERFACES: readonly InterfaceAddress[] = [
  { family: "IPv4", address: "127.0.0.1", netmask: "255.0.0.0" },
  { family: "IPv4", address: "169.254.7.7", netmask: "255.255.0.0" },
  { family: "IPv4", address: "10.1.2.3", netmask: "255.255.255.0" },
  { family: "IPv4", address: "192.168.8.20", netmask: "255.255.252.0" },
  { family: "IPv6", address: "fe80::1", netmask: "ffff:ffff:ffff:ffff::" },
];

test("a device is told the address on its own network", () => {
  assertEquals(addressTowards("192.168.11.99", INTERFACES), "192.168.8.20");
  assertEquals(addressTowards("10.1.2.200", INTERFACES), "10.1.2.3");
  assertEquals(addressTowards("::ffff:192.168.9.1", INTERFACES), "192.168.8.20");
  assertEquals(addressTowards("127.0.0.1", INTERFACES), "127.0.0.1");
});

test("a device on no network of ours is told the first address that others can reach", () => {
  assertEquals(addressTowards("203.0.113.9", INTERFACES), "10.1.2.3");
  assertEquals(addressTowards("fe80::99", INTERFACES), "10.1.2.3");
  assertEquals(addressTowards("nonsense", INTERFACES), "10.1.2.3");
  assertEquals(addressTowards("203.0.113.9", INTERFACES.slice(0, 2)), "127.0.0.1");
});

test("loopback and link-local addresses are nobody's way to us", () => {
  assertEquals(lanAddresses(INTERFACES), ["10.1.2.3", "192.168.8.20"]);
});
