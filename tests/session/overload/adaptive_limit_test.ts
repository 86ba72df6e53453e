import { assert, assertEquals, assertLess } from "@std/assert";
import { AdaptiveLimit, LEAST_LIMIT } from "../../../lib/session/overload/adaptive_limit.ts";
import { LOOK_MS } from "../../../lib/session/overload/load_monitor.ts";
import { test } from "../../support/test.ts";

/**
 * A machine that keeps pace with so many and falls behind with each more, who are as many as the limit lets in; how many
 * were heard, and how late, at each look.
 */
function simulate(capacity: number, wanted: number, seconds: number) {
  const limit = new AdaptiveLimit();
  const looks: { readonly heard: number; readonly lateMs: number }[] = [];
  let [heard, lateMs] = [0, 0];
  for (let nowMs = 0; nowMs < seconds * 1_000; nowMs += LOOK_MS) {
    // Turns end, and others begin where they may.
    heard = Math.min(wanted, Math.max(Math.min(limit.limit, heard + 0.05 * wanted), heard * 0.94));
    const slope = 1 - capacity / heard;
    lateMs = Math.max(40, lateMs + slope * LOOK_MS);
    looks.push({ heard, lateMs });
    limit.look({ ratio: lateMs / 150, slope: Math.max(0, slope) }, {
      held: Math.round(heard),
      waiting: wanted - Math.round(heard),
    }, nowMs);
  }
  return { limit: limit.limit, looks };
}

test("AdaptiveLimit: there is none while it is not too late, however many are heard", () => {
  assertEquals(simulate(100, 90, 60).limit, Infinity);
});

for (const [capacity, times] of [[20, 2], [250, 2], [250, 1.2], [250, 4]] as const) {
  test(`AdaptiveLimit: with ${times} times what ${capacity} are, it settles near what the machine holds`, () => {
    const { looks } = simulate(capacity, capacity * times, 180);
    const settled = looks.slice(looks.length / 3);
    const mean = settled.reduce((sum, { heard }) => sum + heard, 0) / settled.length;
    assert(mean > 0.85 * capacity && mean < 1.05 * capacity, `${mean} of ${capacity} are heard`);
    const lates = settled.map(({ lateMs }) => lateMs).sort((one, other) => one - other);
    assertLess(lates[Math.floor(lates.length * 0.99)] ?? Infinity, 400);
  });
}

test("AdaptiveLimit: few are never refused, whatever keeps the machine from its work", () => {
  const limit = new AdaptiveLimit();
  for (let nowMs = 0; nowMs < 60_000; nowMs += LOOK_MS) {
    limit.look({ ratio: 9, slope: 1 }, { held: LEAST_LIMIT, waiting: 0 }, nowMs);
  }
  assertEquals(limit.limit, Infinity);
  for (let nowMs = 60_000; nowMs < 120_000; nowMs += LOOK_MS) {
    limit.look({ ratio: 9, slope: 1 }, { held: Math.min(50, limit.limit), waiting: 9 }, nowMs);
  }
  assertEquals(limit.limit, LEAST_LIMIT);
});

test("AdaptiveLimit: once nobody has wanted more for a minute, it is forgotten", () => {
  const limit = new AdaptiveLimit();
  limit.look({ ratio: 1, slope: 0 }, { held: 100, waiting: 0 }, 0);
  assertEquals(limit.limit, 90);
  limit.look({ ratio: 0, slope: 0 }, { held: 20, waiting: 0 }, 59_000);
  assertEquals(limit.limit, 90);
  limit.look({ ratio: 0, slope: 0 }, { held: 20, waiting: 0 }, 60_000);
  assertEquals(limit.limit, Infinity);
});
