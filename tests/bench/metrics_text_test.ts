import { assertAlmostEquals, assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { bucketsIn, lossesIn, quantileBetween } from "./support/metrics_text.ts";

/** A histogram with the bounds 0.1, 0.2 and 1. */
function histogram(...counts: readonly number[]): ReadonlyMap<number, number> {
  const bounds = ["0.1", "0.2", "1", "+Inf"];
  const lines = counts.map((count, index) => `earshot_wait_seconds_bucket{le="${bounds[index]}"} ${count}`);
  return bucketsIn(
    ["earshot_wait_seconds_sum 12", ...lines, "earshot_wait_seconds_count 9"].join("\n"),
    "earshot_wait_seconds",
  );
}

test("a quantile is that of the values between two looks, spread evenly within a bucket", () => {
  const before = histogram(50, 50, 50, 50);
  assertAlmostEquals(quantileBetween(before, histogram(150, 150, 150, 150), 0.99), 0.099);
  assertAlmostEquals(quantileBetween(before, histogram(50, 150, 150, 150), 0.5), 0.15);
  assertAlmostEquals(quantileBetween(before, histogram(140, 150, 150, 150), 0.99), 0.19);
  assertEquals(quantileBetween(before, histogram(50, 50, 140, 150), 0.99), Infinity);
  assertEquals(quantileBetween(before, before, 0.99), NaN);
});

test("what was lost is counted, whatever an outcome is called, and what went well is not", () => {
  const lost = [
    'earshot_vad_frames_total{outcome="failed"} 2',
    'earshot_vad_frames_total{outcome="dropped"} 3',
    'earshot_audio_evicted_chunks_total{cause="budget"} 5',
    'earshot_engine_jobs_total{lane="detection",outcome="refused"} 7',
    "earshot_engine_restarts_total 11",
    "earshot_frames_overflowed_total 13",
  ];
  const well = [
    'earshot_vad_frames_total{outcome="judged"} 1000',
    'earshot_vad_frames_total{outcome="quiet"} 1000',
    'earshot_engine_jobs_total{lane="detection",outcome="done"} 1000',
    "earshot_frames_before_hello_total 1000",
  ];
  assertEquals(lossesIn([...lost, ...well].join("\n")), 41);
});
