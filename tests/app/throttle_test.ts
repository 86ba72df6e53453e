import { assertEquals } from "@std/assert";
import { Throttle } from "../../lib/app/throttle.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

test("one of many is told at once, the others with the next one after a while", async () => {
  const clock = new FakeClock();
  const throttle = new Throttle(clock, 1_000);
  assertEquals(["a", "a", "a", "b", "b"].map((kind) => throttle.due(kind)), [1, 0, 0, 1, 0]);
  await clock.advance(999);
  assertEquals(throttle.due("a"), 0);
  await clock.advance(1);
  assertEquals(["a", "a", "b"].map((kind) => throttle.due(kind)), [4, 0, 2]);
});
