import { delay } from "@std/async";
import { assertEquals } from "@std/assert";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { lists, TcpTable } from "../../../lib/server/transport/tcp_table.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

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
  const table = new TcpTable({ clock: systemClock });
  assertEquals([await table.holds(ports), await table.hasLeft(ports)], [true, false]);
  client.close();
  await delay(600); // the reading is shared for half a second
  assertEquals([await table.holds(ports), await table.hasLeft(ports)], [true, true]);
  server.close();
  await delay(600);
  assertEquals([await table.holds(ports), await table.hasLeft(ports)], [false, true]);
  await table.close();
}, { ignore: Deno.build.os !== "linux" });

test("who asks at once shares one reading; one that fails frees nothing where others came", async () => {
  const clock = new FakeClock();
  const answers = [new Error("no shell"), TABLE, new Error("no descriptor"), ""];
  let readings = 0;
  const table = new TcpTable({
    clock,
    read() {
      const answer = answers[readings++];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? "");
    },
  });
  const ports = { local: 8000, remote: 46_290 };
  const ask = () => Promise.all([table.holds(ports), table.holds({ local: 8000, remote: 1 })]);
  assertEquals([await ask(), readings], [[false, false], 1]);
  for (const says of [[true, false], [true, true], [false, false]]) {
    await clock.advance(500);
    assertEquals(await ask(), says);
  }
  assertEquals(readings, 4);
});
