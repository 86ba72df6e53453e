import { EarshotError } from "../../errors/mod.ts";
import { raceSignal, type Scope, systemClock } from "../../lifecycle/mod.ts";
import { openToolServers } from "../../tools/mod.ts";
import type { Config } from "../config.ts";
import { VERSION } from "../version.ts";
import { failedReport, type ServiceCheck } from "./service_report.ts";

/** A check for each MCP server; each is opened below a scope of its own, its secrets now. */
export function toolServerChecks(
  { tools }: Pick<Config, "tools">,
  parent: Scope,
): Promise<readonly ServiceCheck[]> {
  const entries = Object.entries(tools.servers);
  return Promise.all(entries.map(async ([name, block]): Promise<ServiceCheck> => {
    const service = `tools.servers.${name}`;
    const scope = parent.child(`check of ${service}`);
    const beganMs = performance.now();
    try {
      const servers = await openToolServers({ ...tools, servers: { [name]: block } }, {
        scope,
        clock: systemClock,
        version: VERSION,
      });
      // What fails before somebody looks is told to whoever looks.
      const up = servers.ready(name, scope.signal);
      up.catch(() => {});
      return async (signal) => {
        try {
          await raceSignal(up, signal);
          const openMs = Math.round(performance.now() - beganMs);
          const tools = servers.stats[0]?.tools ?? 0;
          return { service, ok: true, reachable: "yes", authorized: "yes", openMs, tools };
        } catch (thrown) {
          if (signal.aborted) throw thrown;
          return failedReport(service, EarshotError.from(thrown, "tool.unavailable"));
        } finally {
          await scope.close();
        }
      };
    } catch (thrown) {
      await scope.close();
      const report = failedReport(service, EarshotError.from(thrown));
      return () => Promise.resolve(report);
    }
  }));
}
