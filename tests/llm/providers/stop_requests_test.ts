import { assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { StopRequests } from "../../../lib/llm/providers/stop_requests.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";
import { inTime } from "../../support/until.ts";

/** A request that ends with its signal alone, and remembers why. */
function hanging(ends: string[]): (signal: AbortSignal) => Promise<never> {
  return (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        ends.push(signal.reason instanceof EarshotError ? signal.reason.code : "unknown");
        reject(signal.reason);
      }, { once: true });
    });
}

test("StopRequests: sixteen are under way and no more, and each ends at its deadline", async () => {
  const clock = new FakeClock();
  const stops = new StopRequests(clock);
  const ends: string[] = [];
  for (let count = 0; count < 17; count++) stops.make(hanging(ends));
  assertEquals([stops.dropped, clock.pending], [1, 16]);
  await clock.advance(3_000);
  assertEquals([ends.length, new Set(ends)], [16, new Set(["lifecycle.deadline"])]);
  let made = 0;
  stops.make(() => Promise.resolve(made++));
  stops.make(() => Promise.reject(new Error("refused")));
  stops.make(() => {
    throw new Error("by accident");
  });
  await settle();
  assertEquals([made, stops.dropped, clock.pending], [1, 1, 0]);
  await stops.close();
});

test("StopRequests: closing waits for nobody, and makes no more", async () => {
  const clock = new FakeClock();
  const stops = new StopRequests(clock);
  const ends: string[] = [];
  let letGo = false;
  stops.make((signal) =>
    hanging(ends)(signal).finally(() => new Promise((resolve) => setTimeout(resolve, 5))).finally(() =>
      letGo = true
    )
  );
  await inTime(stops.close(), "the end of a request that hangs");
  assertEquals(letGo, true, "nothing of it is left");
  stops.make(hanging(ends));
  await stops.close();
  assertEquals([ends, clock.pending], [["canceled"], 0]);
});
