import { assertEquals } from "@std/assert";
import { scheduleFairly, systemClock } from "../../lib/lifecycle/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

test("a deadline passes when its time is over, and not when it was cancelled", async () => {
  const clock = new FakeClock();
  let passed = 0;
  scheduleFairly(clock, 100, () => passed++);
  const cancel = scheduleFairly(clock, 100, () => passed += 10);
  await clock.advance(99);
  assertEquals(passed, 0);
  cancel();
  cancel();
  await clock.advance(1);
  assertEquals([passed, clock.pending], [1, 0]);
});

test("what has arrived while the loop was busy is read before the deadline counts", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  using server = await listener.accept();
  const order: string[] = [];
  const read = client.read(new Uint8Array(1)).then(() => order.push("answer"));
  const late = new Promise<void>((resolve) => {
    scheduleFairly(systemClock, 20, () => {
      order.push("deadline");
      resolve();
    });
  });
  await server.write(Uint8Array.of(1));
  for (const untilMs = performance.now() + 60; performance.now() < untilMs;);
  await Promise.all([read, late]);
  assertEquals(order, ["answer", "deadline"]);
});
