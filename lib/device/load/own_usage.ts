import process from "node:process";

/** What a process has used. */
export interface ProcessUsage {
  /** CPU time since it began, in s; undefined where it cannot be known. */
  readonly cpuSeconds?: number;
  /** The main thread's part of it, in s; undefined where it cannot be known. */
  readonly mainCpuSeconds?: number;
  /** Resident memory now. */
  readonly residentBytes: number;
}

/** This process. The module loads nothing of Earshot, so that a bare server can use it. */
export function ownUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1e6, residentBytes: Deno.memoryUsage().rss };
}
