import { type CleanupReport, Scope } from "../../lifecycle/mod.ts";
import { type CheckResult, ms } from "./check.ts";

const DEADLINE_MS = 200;

/** Async, sync, failing and hanging resources are all released or named, and none stops another. */
export async function checkRelease(
  _signal: AbortSignal,
  { close = (scope: Scope) => scope.close() }: {
    readonly close?: (scope: Scope) => Promise<CleanupReport>;
  } = {},
): Promise<CheckResult> {
  const released: string[] = [];
  const scope = new Scope("check", { resourceDeadlineMs: DEADLINE_MS });
  scope.own("hanging", () => new Promise<never>(() => {}));
  scope.own("failing", () => Promise.reject(new Error("it was gone already")));
  scope.own("failing at once", () => {
    throw new Error("it was gone already");
  });
  scope.own("async", async () => {
    await Promise.resolve();
    released.push("async");
  });
  scope.own("sync", () => void released.push("sync"));
  const { total, ok, failed, timedOut, durationMs } = await close(scope);
  const names = [...failed.map(({ name }) => name), ...timedOut].sort();
  const exact = total === 5 && ok === 2 && released.length === 2 &&
    names.join() === "check/failing,check/failing at once,check/hanging";
  return {
    check: "async, sync, failing and hanging resources",
    passed: exact && durationMs <= DEADLINE_MS * 1.1 + 10,
    measured: `${ok} of ${total} released, ${failed.length} failed, ${timedOut.length} abandoned in ${
      ms(durationMs)
    }`,
    limit: `2 of 5 released, 2 failed, 1 abandoned at its deadline of ${DEADLINE_MS} ms, each named`,
  };
}
