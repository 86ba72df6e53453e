import { type CheckResult, ms } from "./check.ts";
import { Trial } from "./trial.ts";

/** A live session over a real socket: after it nothing is open that was not before. */
export async function checkTeardown(
  signal: AbortSignal,
  { leak = () => {} }: { readonly leak?: (trial: Trial) => void } = {},
): Promise<CheckResult> {
  await using trial = await Trial.open();
  const held = () => {
    const { sessions, sockets, open, audioBytes, vadStreams } = trial.gateway.stats;
    return { sessions, sockets, scopes: open.scopes, resources: open.resources, audioBytes, vadStreams };
  };
  await trial.until(() => trial.gateway.readiness.ready, "the gateway to be ready", signal);
  const before = held();
  const { report } = await trial.session("02:00:00:00:00:02", signal);
  leak(trial);
  const after = held();
  const open = Object.values(after).reduce((sum, count) => sum + count, 0) -
    Object.values(before).reduce((sum, count) => sum + count, 0);
  return {
    check: "a live session, torn down",
    passed: open === 0 && report.ok === report.total && report.total > 0,
    measured: `${open} left open, ${report.ok} of ${report.total} resources released in ${
      ms(report.durationMs)
    }`,
    limit: "0 left open, all released",
  };
}
