import { assertEquals } from "@std/assert";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { AcceptCheck } from "../../../lib/server/transport/accept_check.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

test("a listener that takes connections is left alone; one that does not is told of, once", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const clock = new FakeClock();
  let failed = 0;
  let full = false;
  const check = new AcceptCheck({
    hostname: "0.0.0.0",
    port: listener.addr.port,
    clock,
    isFull: () => full,
    onFailed: () => failed++,
  });
  const round = async (isAccepted: boolean) => {
    await clock.advance(2_000);
    await until(() => clock.pending === 1, "the connection");
    using _connection = await listener.accept();
    if (isAccepted) check.accepted();
    else await clock.advance(500);
  };
  for (const isAccepted of [true, false, true, false]) await round(isAccepted);
  assertEquals(failed, 0, "late once is busy");
  full = true;
  await round(false);
  full = false;
  assertEquals(failed, 0, "one that is full takes none on purpose");
  await round(false);
  assertEquals(failed, 1);
  await clock.advance(60_000);
  assertEquals([failed, clock.pending], [1, 0]);
  check.end();
});

test("an end in the middle leaves nothing", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const options = { hostname: "127.0.0.1", port: listener.addr.port, isFull: () => false };
  const check = new AcceptCheck({ ...options, clock: systemClock, onFailed() {} });
  using connection = await listener.accept();
  check.end();
  check.end();
  assertEquals(await connection.read(new Uint8Array(1)).catch(() => null), null);
});
