import { defineMetrics, type Metrics } from "../../telemetry/mod.ts";
import {
  CALL_OUTCOMES,
  type DeviceToolsShared,
  LIST_OUTCOMES,
  STRAY_REASONS,
} from "./device_tools_shared.ts";

const DEFINITIONS = defineMetrics({
  calls: {
    type: "counter",
    name: "earshot_device_mcp_calls_total",
    help:
      "Calls of tools on devices by what became of them; `refused` is one for which the device's queue had no room.",
    labels: { outcome: CALL_OUTCOMES },
  },
  strays: {
    type: "counter",
    name: "earshot_device_mcp_stray_answers_total",
    help:
      "Answers of devices to what was not asked, was answered already, or came too late; ones that are none; and errors whose text is not escaped.",
    labels: { reason: STRAY_REASONS },
  },
  lists: {
    type: "counter",
    name: "earshot_device_mcp_lists_total",
    help:
      "Lists of tools that devices told: whole, cut at a bound, broken off by the device, or none at all.",
    labels: { outcome: LIST_OUTCOMES },
  },
  cached: {
    type: "gauge",
    name: "earshot_device_mcp_lists_cached",
    help: "Lists of tools that are remembered for devices that come again.",
  },
  held: {
    type: "gauge",
    name: "earshot_device_mcp_list_bytes",
    help: "Lists of tools that sessions hold.",
  },
});

/** Shows on `metrics` what is known of the tools of devices. */
export function registerDeviceToolsMetrics(metrics: Metrics, shared: DeviceToolsShared): void {
  const block = metrics.register(DEFINITIONS);
  for (const outcome of CALL_OUTCOMES) block.calls.read(() => shared.calls[outcome], { outcome });
  for (const reason of STRAY_REASONS) block.strays.read(() => shared.strays[reason], { reason });
  for (const outcome of LIST_OUTCOMES) block.lists.read(() => shared.lists[outcome], { outcome });
  block.cached.read(() => shared.cached);
  block.held.read(() => shared.heldBytes);
}
