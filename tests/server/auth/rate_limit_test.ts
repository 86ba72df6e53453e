import { assertEquals } from "@std/assert";
import { RateLimit } from "../../../lib/server/mod.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

test("an address may do so much at once, and again as time goes by; others do not pay for it", async () => {
  const clock = new FakeClock();
  const limit = new RateLimit({ perMinute: 6, clock });
  const taken = (address: string, tries: number) =>
    Array.from({ length: tries }, () => limit.take(address)).filter((ok) => ok).length;
  assertEquals(taken("192.0.2.1", 10), 6);
  assertEquals([limit.spent("192.0.2.1"), limit.spent("192.0.2.2")], [true, false]);
  assertEquals(taken("192.0.2.2", 10), 6);
  await clock.advance(9_999);
  assertEquals(taken("192.0.2.1", 1), 0);
  await clock.advance(1);
  assertEquals(taken("192.0.2.1", 2), 1);
  await clock.advance(3_600_000);
  assertEquals(taken("192.0.2.1", 10), 6, "no more than a minute's worth is saved up");
});

test("no more addresses are remembered than the bound, the last ones", () => {
  const limit = new RateLimit({ perMinute: 1, clock: new FakeClock() });
  for (let index = 0; index < 10_050; index++) limit.take(`address ${index}`);
  assertEquals([limit.spent("address 50"), limit.spent("address 49")], [true, false]);
});
