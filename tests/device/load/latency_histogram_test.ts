import { assert, assertEquals } from "@std/assert";
import { loadHistograms } from "../../../lib/device/load/mod.ts";
import { test } from "../../support/test.ts";

test("percentiles of known times are right to three digits", async () => {
  const histogram = (await loadHistograms())();
  assertEquals(histogram.percentiles(), { count: 0, p50: null, p90: null, p99: null, max: null });
  // Not in order, from 0.1 ms to 100 ms.
  for (let index = 0; index < 1_000; index++) histogram.record(((index * 337) % 1_000 + 1) / 10);
  const { count, ...found } = histogram.percentiles();
  assertEquals(count, 1_000);
  for (const [name, ms] of [["p50", 50], ["p90", 90], ["p99", 99], ["max", 100]] as const) {
    assert(Math.abs((found[name] ?? NaN) - ms) <= ms / 1_000, `${name} is ${found[name]}`);
  }
});

test("what no histogram holds is counted at its ends", async () => {
  const histogram = (await loadHistograms())();
  histogram.record(-5);
  histogram.record(48 * 3_600_000);
  const { count, p50, max } = histogram.percentiles();
  assertEquals([count, p50], [2, 0]);
  assert(Math.abs((max ?? NaN) - 3_600_000) < 3_600);
});
