import { assertEquals } from "@std/assert";
import { watchTimerDelay } from "../../lib/app/process_metrics.ts";
import { type Clock, Scope } from "../../lib/lifecycle/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

/** A clock whose timers fire late. */
class LateClock implements Clock {
  readonly inner = new FakeClock();
  lateMs = 0;

  nowMs(): number {
    return this.inner.nowMs();
  }

  schedule(delayMs: number, callback: () => void): () => void {
    return this.inner.schedule(delayMs + this.lateMs, callback);
  }
}

test("watchTimerDelay measures four times a second, and no more once the scope is closed", async () => {
  const clock = new LateClock();
  const scope = new Scope("watch");
  const measured: number[] = [];
  watchTimerDelay(clock, scope, (delayMs) => measured.push(delayMs));
  await clock.inner.advance(1_000);
  assertEquals(measured, [0, 0, 0, 0]);
  clock.lateMs = 40;
  await clock.inner.advance(250 + 290);
  assertEquals(measured.slice(4), [0, 40]);
  assertEquals((await scope.close()).ok, 1);
  await clock.inner.advance(5_000);
  assertEquals([measured.length, clock.inner.pending], [6, 0]);
});
