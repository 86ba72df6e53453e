import type { CheckOptions, CheckResult } from "./check.ts";
import { ms } from "./check.ts";
import { SCRIPTED_TEXT } from "./scripted_engine.ts";
import { Trial } from "./trial.ts";

const SLOW_DISK_MS = 2_000;
const DEVICE_ID = "02:00:00:00:00:01";

/** A store that takes 2 s a write delays no close, and has what was said later. */
export async function checkSave(
  signal: AbortSignal,
  { limitMs = 50, dir }: CheckOptions & { readonly limitMs?: number } = {},
): Promise<CheckResult> {
  await using trial = await Trial.open({ diskDelayMs: (job) => job === "save" ? SLOW_DISK_MS : 0, dir });
  const { report } = await trial.session(DEVICE_ID, signal);
  const stats = () => trial.memory?.stats;
  const early = (stats()?.stored ?? 0) > 0;
  await trial.until(() => (stats()?.stored ?? 0) > 0, "the save", signal);
  const kept = await trial.memory?.recent(DEVICE_ID, 10) ?? [];
  const there = kept.length === 1 && kept[0]?.user === SCRIPTED_TEXT;
  return {
    check: "saving does not delay closing",
    passed: report.durationMs <= limitMs && !early && there,
    measured: `closed in ${ms(report.durationMs)}, ${
      there ? "what was said is there" : "what was said is LOST"
    }`,
    limit: `${limitMs} ms, with a store that takes ${SLOW_DISK_MS / 1_000} s a write`,
  };
}
