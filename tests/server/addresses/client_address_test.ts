import { assertEquals, assertThrows } from "@std/assert";
import { AddressList, LOOPBACK } from "../../../lib/server/addresses/address_list.ts";
import { clientAddress } from "../../../lib/server/addresses/client_address.ts";
import { configSchema } from "../../../lib/app/mod.ts";
import { test } from "../../support/test.ts";

const TRUSTED = new AddressList(["10.0.0.0/8", "192.168.1.5", "fd00::/8"]);

for (
  const [peer, forwarded, expected] of [
    ["192.0.2.1", null, "192.0.2.1"],
    ["192.0.2.1", "198.51.100.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", null, "192.0.2.1"],
    ["10.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["fd00::1", "2001:DB8::7", "2001:db8::7"],
    ["10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"],
    ["10.0.0.1", "203.0.113.9, 198.51.100.1, 10.9.9.9,192.168.1.5", "198.51.100.1"],
    ["10.0.0.1", "198.51.100.1:4711", "198.51.100.1"],
    ["10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"],
    ["10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"],
    ["10.0.0.1", "somebody", "10.0.0.1"],
    ["10.0.0.1", "198.51.100.1, unknown, 10.1.1.1", "10.1.1.1"],
    ["10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"],
    ["10.0.0.1", "", "10.0.0.1"],
    ["10.0.0.1", null, "10.0.0.1"],
  ] as const
) {
  test(`a request of ${peer} forwarded for ${forwarded} comes from ${expected}`, () => {
    const headers = forwarded === null ? {} : { "x-forwarded-for": forwarded };
    assertEquals(clientAddress(new Request("http://earshot/", { headers }), peer, TRUSTED), expected);
  });
}

test("addresses and networks of both families", () => {
  const list = new AddressList(["10.0.0.0/8", "192.168.1.5", "2001:db8::/32", "0.0.0.0/32"]);
  const inside = ["10.255.1.2", "192.168.1.5", "2001:db8:1::5", "::ffff:10.1.1.1"];
  const outside = ["11.0.0.0", "192.168.1.6", "2001:db9::", "", "x", "10.0.0.1:80"];
  assertEquals([...inside, ...outside].map((address) => list.has(address)), [
    ...inside.map(() => true),
    ...outside.map(() => false),
  ]);
  assertEquals(["127.0.0.1", "127.9.9.9", "::1", "128.0.0.1"].map((address) => LOOPBACK.has(address)), [
    true,
    true,
    true,
    false,
  ]);
});

for (const entry of ["", "x", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/", "/8"]) {
  test(`${JSON.stringify(entry)} is no address, for the config either`, () => {
    assertThrows(() => new AddressList([entry]), RangeError);
    assertEquals(configSchema.safeParse({ server: { trustedProxies: [entry] } }).success, false);
  });
}
