import { defineMetrics, type Metrics } from "../telemetry/mod.ts";
import type { Automation } from "./automation.ts";

const SINKS = ["webhook", "mqtt"] as const;

const DEFINITIONS = defineMetrics({
  sent: {
    type: "counter",
    name: "earshot_automation_sent_total",
    help: "Events that home automation has taken.",
    labels: { sink: SINKS },
  },
  retries: {
    type: "counter",
    name: "earshot_automation_retries_total",
    help: "Tries to send an event that failed and are made again after a pause.",
    labels: { sink: SINKS },
  },
  failed: {
    type: "counter",
    name: "earshot_automation_failed_total",
    help: "Events that were refused, or given up after the last try.",
    labels: { sink: SINKS },
  },
  dropped: {
    type: "counter",
    name: "earshot_automation_dropped_total",
    help: "Events that were lost for want of room, or when Earshot stopped.",
    labels: { sink: SINKS },
  },
  queued: {
    type: "gauge",
    name: "earshot_automation_queued",
    help: "Events that wait, those under way among them.",
    labels: { sink: SINKS },
  },
  connected: {
    type: "gauge",
    name: "earshot_automation_mqtt_connected",
    help: "1 while the MQTT broker can be reached.",
  },
});

/** Shows on `metrics` what became of events; without `automation` nothing is sent, and everything stays at zero. */
export function registerAutomationMetrics(
  metrics: Metrics,
  automation: Pick<Automation, "stats"> | undefined,
): void {
  const { connected, ...perSink } = metrics.register(DEFINITIONS);
  if (automation === undefined) return;
  for (const sink of SINKS) {
    const read = (key: keyof typeof perSink) => () => automation.stats.sinks[sink]?.[key] ?? 0;
    perSink.sent.read(read("sent"), { sink });
    perSink.retries.read(read("retries"), { sink });
    perSink.failed.read(read("failed"), { sink });
    perSink.dropped.read(read("dropped"), { sink });
    perSink.queued.read(read("queued"), { sink });
  }
  connected.read(() => Number(automation.stats.connected));
}
