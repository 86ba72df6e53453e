import { delay } from "@std/async";
import { Scope } from "../../lifecycle/mod.ts";
import { type CheckResult, ms } from "./check.ts";

const RESOURCES = 5;
const EACH_MS = 200;
const SHARE = 0.9;

/** Releasing equal resources in parallel against the same in sequence, one after the other in this run. */
export async function checkParallel(
  signal: AbortSignal,
  { closeAll = inParallel }: {
    readonly closeAll?: (releases: readonly (() => Promise<void>)[]) => Promise<void>;
  } = {},
): Promise<CheckResult> {
  const releases = Array.from({ length: RESOURCES }, () => () => delay(EACH_MS, { signal }));
  const sequenceMs = await timed(() => inSequence(releases));
  const parallelMs = await timed(() => closeAll(releases));
  const faster = sequenceMs / parallelMs;
  return {
    check: `releasing ${RESOURCES} equal resources in parallel`,
    passed: faster >= SHARE * RESOURCES,
    measured: `${faster.toFixed(1)} times faster (${ms(parallelMs)} against ${ms(sequenceMs)})`,
    limit: `at least ${SHARE * RESOURCES} times`,
  };
}

/** One after the other. */
export async function inSequence(releases: readonly (() => Promise<void>)[]): Promise<void> {
  for (const release of releases) await release();
}

async function inParallel(releases: readonly (() => Promise<void>)[]): Promise<void> {
  const scope = new Scope("check");
  for (const [index, release] of releases.entries()) scope.own(`resource ${index}`, release);
  await scope.close();
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}
