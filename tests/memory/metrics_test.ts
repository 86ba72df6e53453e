import { assertStringIncludes } from "@std/assert";
import { registerMemoryMetrics } from "../../lib/memory/mod.ts";
import { Metrics } from "../../lib/telemetry/mod.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";
import { dirTest, entry, openMemory } from "./memory_harness.ts";

test("without a memory each metric is there at zero", async () => {
  const metrics = new Metrics();
  registerMemoryMetrics(metrics, undefined);
  const text = await metrics.text();
  for (const outcome of ["answered", "interrupted", "failed", "unanswered"]) {
    assertStringIncludes(text, `earshot_memory_records_total{outcome="${outcome}"} 0\n`);
  }
  assertStringIncludes(text, 'earshot_memory_summaries_total{result="failed"} 0\n');
});

dirTest("turns are counted by what became of them, and summaries by what became of those", async (dir) => {
  await using open = await openMemory(dir);
  const { memory } = open;
  const metrics = new Metrics();
  registerMemoryMetrics(metrics, memory);
  memory.record(entry(1, { outcome: "answered" }));
  memory.record(entry(2, { outcome: "interrupted" }));
  memory.record(entry(3, { outcome: "interrupted" }));
  memory.record(entry(4, { outcome: "failed", turnId: NaN }));
  memory.saveSummary("aa:bb", { text: "short", throughAtMs: Date.now() + 1 });
  memory.saveSummary("nobody", { text: "short", throughAtMs: 1 });
  await until(() => memory.stats.summaries.saved + memory.stats.summaries.dropped === 2, "both are through");
  for (const _again of [1, 2]) await memory.recent("aa:bb", 9);
  const text = await metrics.text();
  for (
    const line of [
      'earshot_memory_records_total{outcome="answered"} 1',
      'earshot_memory_records_total{outcome="interrupted"} 2',
      'earshot_memory_records_total{outcome="failed"} 0',
      'earshot_memory_dropped_total{bound="refused"} 1',
      'earshot_memory_summaries_total{result="saved"} 1',
      'earshot_memory_summaries_total{result="dropped"} 1',
      'earshot_memory_recalls_total{how="read"} 1',
      'earshot_memory_recalls_total{how="found"} 1',
    ]
  ) assertStringIncludes(text, `${line}\n`);
});
