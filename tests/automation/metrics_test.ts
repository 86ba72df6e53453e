import { assertStringIncludes } from "@std/assert";
import { registerAutomationMetrics } from "../../lib/automation/mod.ts";
import { Metrics } from "../../lib/telemetry/mod.ts";
import { test } from "../support/test.ts";

test("registerAutomationMetrics: everything is there at zero, and shows what became of events", async () => {
  const none = new Metrics();
  registerAutomationMetrics(none, undefined);
  assertStringIncludes(await none.text(), 'earshot_automation_sent_total{sink="mqtt"} 0');
  const some = new Metrics();
  const webhook = { queued: 1, sent: 2, retries: 3, failed: 4, dropped: 5 };
  registerAutomationMetrics(some, { stats: { sinks: { webhook }, connected: true } });
  const text = await some.text();
  for (
    const line of [
      'earshot_automation_queued{sink="webhook"} 1',
      'earshot_automation_sent_total{sink="webhook"} 2',
      'earshot_automation_retries_total{sink="webhook"} 3',
      'earshot_automation_failed_total{sink="webhook"} 4',
      'earshot_automation_dropped_total{sink="webhook"} 5',
      'earshot_automation_dropped_total{sink="mqtt"} 0',
      "earshot_automation_mqtt_connected 1",
    ]
  ) assertStringIncludes(text, line);
});
