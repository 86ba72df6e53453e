import { assertEquals } from "@std/assert";
import { holdsConnection, lists } from "../../lib/server/mod.ts";
import { test } from "../support/test.ts";

const TABLE =
  `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F40 0100007F:B4D2 01 003F9200:00000000 01:00000014 00000000     0        0 2 4 0 20 4 30 10 -1
   2: 0100007F:1F40 0100007F:B4D4 06 00000000:00000000 03:000016A8 00000000     0        0 0 3 0
`;

test("a connection is told from a listener, from one that is over, and from others", () => {
  const has = (local: number, remote: number) => lists(TABLE, { local, remote });
  assertEquals([has(8000, 46_290), has(8000, 0), has(8000, 46_292), has(8001, 46_290)], [
    true,
    false,
    false,
    false,
  ]);
  assertEquals([lists("", { local: 1, remote: 2 }), lists("nonsense\n\n", { local: 1, remote: 2 })], [
    false,
    false,
  ]);
});

test("a connection of this machine is there until it is closed", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [client, server] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  const ports = { local: listener.addr.port, remote: client.localAddr.port };
  assertEquals(await holdsConnection(ports), true);
  client.close();
  server.close();
  assertEquals(await holdsConnection(ports), false);
}, { ignore: Deno.build.os !== "linux" });
