import { readProc } from "../../telemetry/mod.ts";
import type { ProcessUsage } from "./own_usage.ts";

/** Linux counts CPU time in these, whatever its kernel's own tick is. */
const TICKS_A_SECOND = 100;
const READ_TIMEOUT_MS = 5_000;

/** Another process of this machine, by its id; `undefined` when there is none, or no `/proc`. */
export async function usageOf(pid: number): Promise<ProcessUsage | undefined> {
  try {
    const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
    return parseUsage(
      await readProc(
        [`/proc/${pid}/stat`, `/proc/${pid}/task/${pid}/stat`, `/proc/${pid}/status`],
        signal,
      ),
    );
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

/** A gateway on this machine, by its `/metrics`; `undefined` for a server that has none. */
export async function usageByMetrics(server: URL): Promise<ProcessUsage | undefined> {
  const url = new URL("/metrics", server);
  url.protocol = server.protocol === "wss:" ? "https:" : "http:";
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(READ_TIMEOUT_MS) });
    const text = await response.text();
    const value = (name: string) => new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1];
    const resident = value("earshot_process_resident_bytes");
    const cpu = value("earshot_process_cpu_seconds_total");
    if (!response.ok || resident === undefined) return undefined;
    return { residentBytes: Number(resident), ...(cpu !== undefined && { cpuSeconds: Number(cpu) }) };
  } catch {
    return undefined;
  }
}

/** State and ten numbers, then CPU time of user and of system: a name before it may hold anything, brackets too. */
const STAT = /\) [A-Za-z] (?:-?\d+ ){10}(\d+) (\d+) /g;

/** `stat` of proc(5), that of the main thread, whose id is the process's, and `status`. */
function parseUsage(text: string): ProcessUsage | undefined {
  const [whole, main] = [...text.matchAll(STAT)].map(([, user, system]) =>
    (Number(user) + Number(system)) / TICKS_A_SECOND
  );
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(text.slice(text.indexOf("\nName:")))?.[1];
  if (resident === undefined || whole === undefined) return undefined;
  const residentBytes = Number(resident) * 1_024;
  return { cpuSeconds: whole, ...(main !== undefined && { mainCpuSeconds: main }), residentBytes };
}
