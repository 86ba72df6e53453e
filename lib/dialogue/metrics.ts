import { defineMetrics, type Metrics } from "../telemetry/mod.ts";
import type { DeviceHistories } from "./device_histories.ts";
import type { Summaries } from "./summaries.ts";

const DEFINITIONS = defineMetrics({
  devices: {
    type: "gauge",
    name: "earshot_dialogue_devices",
    help: "Devices whose conversation is at hand.",
  },
  devicesDropped: {
    type: "counter",
    name: "earshot_dialogue_devices_dropped_total",
    help: "Devices whose conversation was put away for want of room; it is read anew when they speak again.",
  },
  summariesWaiting: {
    type: "gauge",
    name: "earshot_dialogue_summaries_waiting",
    help: "Devices whose summary waits to be written.",
  },
  summaries: {
    type: "counter",
    name: "earshot_dialogue_summaries_total",
    help:
      "Summaries of what was said: written, failed, without a place at the language model, not tried because too " +
      "many waited.",
    labels: { outcome: ["written", "failed", "busy", "refused"] },
  },
});

/** Shows on `metrics` what is known of conversations. */
export function registerDialogueMetrics(
  metrics: Metrics,
  { histories, summaries }: {
    readonly histories: Pick<DeviceHistories, "stats">;
    readonly summaries: Pick<Summaries, "stats">;
  },
): void {
  const block = metrics.register(DEFINITIONS);
  block.devices.read(() => histories.stats.devices);
  block.devicesDropped.read(() => histories.stats.dropped);
  block.summariesWaiting.read(() => summaries.stats.waiting);
  for (const outcome of ["written", "failed", "busy", "refused"] as const) {
    block.summaries.read(() => summaries.stats[outcome], { outcome });
  }
}
