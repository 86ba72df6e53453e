/**
 * Percentiles by HdrHistogram. Only a load run needs that package, so this module is loaded by one and not before.
 *
 * @module
 */
import { build } from "npm:hdr-histogram-js@3.0.1";
import type { Histogram } from "./load_report.ts";

/** An hour, in us. */
const HIGHEST_US = 3_600_000_000;

/** An empty histogram of times in ms, exact to three digits; what exceeds an hour counts as one. */
export function createHistogram(): Histogram {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
    autoResize: false,
    useWebAssembly: false,
  });
  const ms = (us: number) => us / 1_000;
  return {
    record(valueMs) {
      histogram.recordValue(Math.min(HIGHEST_US, Math.max(0, Math.round(valueMs * 1_000))));
    },
    percentiles() {
      const count = histogram.totalCount;
      if (count === 0) return { count, p50: null, p90: null, p99: null, max: null };
      const max = ms(histogram.maxValue);
      // A percentile is the upper end of its bucket, which may lie above anything that was recorded.
      const at = (percentile: number) => Math.min(max, ms(histogram.getValueAtPercentile(percentile)));
      return { count, p50: at(50), p90: at(90), p99: at(99), max };
    },
  };
}
