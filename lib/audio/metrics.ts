import { defineMetrics, type Metrics } from "../telemetry/mod.ts";
import type { MemoryBudget } from "./memory_budget.ts";

const DEFINITIONS = defineMetrics({
  charged: {
    type: "gauge",
    name: "earshot_audio_charged_bytes",
    help: "Sound that is held, as charged: payload and 1,280 bytes a chunk.",
  },
  limit: {
    type: "gauge",
    name: "earshot_audio_budget_bytes",
    help: "limits.audio.budgetBytes: the most that may be charged.",
  },
  overruns: {
    type: "counter",
    name: "earshot_audio_budget_overruns_total",
    help: "How often the budget was reached and the heaviest sessions paid.",
  },
});

/** Shows the budget for sound on `metrics`. */
export function registerAudioMetrics(metrics: Metrics, budget: MemoryBudget): void {
  const { charged, limit, overruns } = metrics.register(DEFINITIONS);
  charged.read(() => budget.chargedBytes);
  limit.set(budget.capBytes);
  overruns.read(() => budget.stats.overruns);
}
