import { assertEquals } from "@std/assert";
import { IdleWatch } from "../../lib/models/idle_watch.ts";
import { test } from "../support/test.ts";

test("silence aborts, and what is heard in time puts it off", async () => {
  using watch = new IdleWatch(1);
  watch.touch();
  await new Promise((resolve) => watch.signal.addEventListener("abort", resolve));
  assertEquals(watch.signal.reason.name, "TimeoutError");
});

test("a watch that has ended never aborts and leaves no timer", () => {
  using watch = new IdleWatch(60_000);
  watch.touch();
  assertEquals(watch.signal.aborted, false);
});
