import { defineMetrics, type Metrics } from "../telemetry/mod.ts";
import { MEMORY_OUTCOMES } from "./entry.ts";
import type { Memory } from "./memory.ts";

const STAGES = ["journaled", "stored"] as const;
const BOUNDS = ["queue", "refused", "turns", "age", "bytes"] as const;
const FILES = ["journal", "store"] as const;
const SUMMARY_RESULTS = ["saved", "failed", "dropped"] as const;
const SOURCES = ["found", "read"] as const;

const DEFINITIONS = defineMetrics({
  saving: {
    type: "gauge",
    name: "earshot_memory_saving",
    help: "1 while what is said will be there after a crash, 0 while it will not.",
  },
  pending: {
    type: "gauge",
    name: "earshot_memory_pending",
    help: "Turns that wait for the journal.",
  },
  unfolded: {
    type: "gauge",
    name: "earshot_memory_unfolded",
    help: "Turns in the journal that the store does not have yet.",
  },
  records: {
    type: "counter",
    name: "earshot_memory_records_total",
    help:
      "Turns that were recorded, by what became of them; unanswered are those in which no answer was wanted.",
    labels: { outcome: MEMORY_OUTCOMES },
  },
  summaries: {
    type: "counter",
    name: "earshot_memory_summaries_total",
    help: "Summaries that were saved, writes of them that failed, and those that were dropped.",
    labels: { result: SUMMARY_RESULTS },
  },
  recalls: {
    type: "counter",
    name: "earshot_memory_recalls_total",
    help: "How often the last turns of a device were found at hand, and how often they had to be read.",
    labels: { how: SOURCES },
  },
  turns: {
    type: "counter",
    name: "earshot_memory_turns_total",
    help: "Turns by how far they have come.",
    labels: { stage: STAGES },
  },
  dropped: {
    type: "counter",
    name: "earshot_memory_dropped_total",
    help: "Turns that were lost before they were saved (queue, refused), or kept no longer, by the bound.",
    labels: { bound: BOUNDS },
  },
  failures: {
    type: "counter",
    name: "earshot_memory_failures_total",
    help: "Writes that failed and were tried again.",
    labels: { file: FILES },
  },
});

/** Shows on `metrics` what is saved; without `memory` nothing is, and everything stays at zero. */
export function registerMemoryMetrics(
  metrics: Metrics,
  memory: Pick<Memory, "status" | "stats"> | undefined,
): void {
  const { saving, pending, unfolded, records, summaries, recalls, turns, dropped, failures } = metrics
    .register(DEFINITIONS);
  if (memory === undefined) return;
  saving.read(() => Number(memory.status.saving));
  pending.read(() => memory.stats.pending);
  unfolded.read(() => memory.stats.unfolded);
  for (const outcome of MEMORY_OUTCOMES) records.read(() => memory.stats.recorded[outcome], { outcome });
  for (const result of SUMMARY_RESULTS) summaries.read(() => memory.stats.summaries[result], { result });
  for (const how of SOURCES) recalls.read(() => memory.stats.recalled[how], { how });
  for (const stage of STAGES) turns.read(() => memory.stats[stage], { stage });
  for (const bound of BOUNDS) dropped.read(() => memory.stats.dropped[bound], { bound });
  for (const file of FILES) failures.read(() => memory.stats.failures[file], { file });
}
