import { defineMetrics, type Metrics } from "../../telemetry/mod.ts";
import { LOAD_PARTS } from "./load_monitor.ts";
import type { Overload } from "./overload.ts";

const DEFINITIONS = defineMetrics({
  ratio: {
    type: "gauge",
    name: "earshot_load_ratio",
    help:
      "How full the process is: 1 is full, and more is late. The worst of its parts, each against its bound (limits.session.hearingLateMs).",
  },
  parts: {
    type: "gauge",
    name: "earshot_load_part_ratio",
    help:
      "The same of each part: timers of the event loop, verdicts of the detector, jobs that wait for the engine.",
    labels: { part: LOAD_PARTS },
  },
  heard: { type: "gauge", name: "earshot_listening", help: "Devices that are listened to or understood." },
  limit: {
    type: "gauge",
    name: "earshot_listening_limit",
    help: "How many may be, as found by how late hearing is; +Inf before it was too late for the first time.",
  },
  waiting: {
    type: "gauge",
    name: "earshot_listening_waiting",
    help: "Devices that wait until they are listened to; who speaks meanwhile is refused in words.",
  },
  refused: {
    type: "counter",
    name: "earshot_overload_refused_total",
    help:
      "What was refused because it could only have been late: turns, in words, and devices that wanted to connect (503).",
    labels: { what: ["turn", "device"] },
  },
});

/** Shows on `metrics` how full the process is, and who was refused for it. */
export function registerOverloadMetrics(metrics: Metrics, overload: Overload): void {
  const { ratio, parts, heard, limit, waiting, refused } = metrics.register(DEFINITIONS);
  ratio.read(() => overload.stats.ratio);
  for (const part of LOAD_PARTS) parts.read(() => overload.ratioOf(part), { part });
  heard.read(() => overload.stats.heard);
  limit.read(() => overload.stats.limit);
  waiting.read(() => overload.stats.waiting);
  refused.read(() => overload.stats.turnsRefused, { what: "turn" });
  refused.read(() => overload.stats.devicesRefused, { what: "device" });
}
