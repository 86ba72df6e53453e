import process from "node:process";
import type { ProcessUsage } from "../../../lib/device/load/mod.ts";

/** What this process has used, without loading a line of Earshot: a bare server shall be bare. */
export function ownUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1e6, residentBytes: Deno.memoryUsage().rss };
}
