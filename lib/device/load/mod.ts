/**
 * Many devices at once, true to firmware and to the clock: what a server holds, measured from outside.
 *
 * @module
 */
export { loadHistograms } from "./histograms.ts";
export type { LoadPlan } from "./load_plan.ts";
export { type LoadOptions, type LoadResult, runLoad } from "./load_run.ts";
export type { Fault, Histogram, LoadFigures, Outcome, Percentiles } from "./load_report.ts";
export { ownUsage, type ProcessUsage } from "./own_usage.ts";
export { type PacketStamp, stampNowMs, stampsIn } from "./packet_stamp.ts";
export {
  type PreparedPacket,
  prepareSilence,
  prepareSound,
  type SoundFormat,
  withoutTail,
} from "./prepared_sound.ts";
export { usageByMetrics, usageOf } from "./process_usage.ts";
export { syllables } from "./syllables.ts";
export { type LoadUsage, type UsageBetween, UsageWatch } from "./usage_watch.ts";
