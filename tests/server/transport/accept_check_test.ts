import { assertEquals } from "@std/assert";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { checkAccepting } from "../../../lib/server/transport/accept_check.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

test("a listener that takes connections is left alone; one that does not is told of, once", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const clock = new FakeClock();
  let accepted = 0;
  let connects = 0;
  let failures = 0;
  const { connect } = Deno;
  Object.assign(Deno, {
    connect: async (options: Deno.ConnectOptions) => {
      const connection = await connect(options);
      connects++;
      return connection;
    },
  });
  const end = checkAccepting({
    hostname: "0.0.0.0",
    port: listener.addr.port,
    clock,
    accepted: () => accepted,
    onFailed: () => failures++,
  });
  const round = async (isAccepted: boolean) => {
    const before = connects;
    await clock.advance(2_000);
    await until(() => connects > before, "a connection");
    if (isAccepted) accepted++;
    await clock.advance(500);
  };
  try {
    for (const isAccepted of [true, false, true, false]) await round(isAccepted);
    assertEquals(failures, 0, "late once is busy, not deaf");
    await round(false);
    assertEquals(failures, 1);
    await clock.advance(60_000);
    assertEquals([failures, connects], [1, 5]);
  } finally {
    Object.assign(Deno, { connect });
    end();
    listener.close();
  }
});

test("a listener that may take none is not judged, and an end leaves nothing", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const end = checkAccepting({
    hostname: "127.0.0.1",
    port: listener.addr.port,
    clock: systemClock,
    accepted: () => undefined,
    onFailed: () => assertEquals("deaf", "full"),
  });
  const connection = await listener.accept();
  end();
  assertEquals(await connection.read(new Uint8Array(1)).catch(() => null), null);
  connection.close();
  listener.close();
});
