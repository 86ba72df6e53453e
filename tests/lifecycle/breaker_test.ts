import { assertEquals } from "@std/assert";
import { Breaker } from "../../lib/lifecycle/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

function rig(): { readonly clock: FakeClock; readonly breaker: Breaker } {
  const clock = new FakeClock();
  return { clock, breaker: new Breaker({ clock, failures: 3, coolDownMs: 1_000, maxCoolDownMs: 3_000 }) };
}

test("a breaker opens after so many failures in a row, and a success in between counts anew", () => {
  const { breaker } = rig();
  breaker.failed();
  breaker.failed();
  breaker.succeeded();
  breaker.failed();
  breaker.failed();
  assertEquals([breaker.allow(), breaker.state], [true, "closed"]);
  breaker.failed();
  assertEquals([breaker.allow(), breaker.state, breaker.opened], [false, "open", 1]);
});

test("after its time one trial is let through, whose failure doubles the time up to a bound", async () => {
  const { clock, breaker } = rig();
  for (let failure = 0; failure < 3; failure++) breaker.failed();
  for (const coolDownMs of [1_000, 2_000, 3_000, 3_000]) {
    await clock.advance(coolDownMs - 1);
    assertEquals(breaker.allow(), false, `${coolDownMs}`);
    await clock.advance(1);
    assertEquals([breaker.state, breaker.allow(), breaker.allow()], ["half_open", true, false]);
    breaker.failed();
  }
  await clock.advance(3_000);
  assertEquals(breaker.allow(), true);
  breaker.undecided();
  assertEquals(breaker.allow(), true, "a trial that was given up may be made again");
  breaker.succeeded();
  assertEquals([breaker.state, breaker.allow(), breaker.allow()], ["closed", true, true]);
});

test("failures of work that began before it opened do not keep it open for longer", async () => {
  const { clock, breaker } = rig();
  for (let failure = 0; failure < 3; failure++) breaker.failed();
  await clock.advance(900);
  breaker.failed();
  await clock.advance(100);
  assertEquals([breaker.allow(), breaker.opened], [true, 1]);
});
