import { assertEquals } from "@std/assert";
import { RestartBackoff } from "../../lib/engine/restart_backoff.ts";
import { test } from "../support/test.ts";

test("the wait doubles from 100 ms to 10 s and stays there", () => {
  const backoff = new RestartBackoff();
  const waits = Array.from({ length: 9 }, () => backoff.next(0));
  assertEquals(waits, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
});

test("30 s of health forgive what was before, less does not", () => {
  const backoff = new RestartBackoff();
  for (let failure = 0; failure < 4; failure++) backoff.next(0);
  assertEquals(backoff.next(29_999), 1_600);
  assertEquals(backoff.next(30_000), 100);
  assertEquals(backoff.next(0), 200);
});
