import { defineMetrics, type Metrics } from "../../telemetry/mod.ts";
import type { ToolServers } from "./open_tool_servers.ts";
import { CALL_OUTCOMES } from "./tool_server.ts";

/** Shows on `metrics` how each server of the config is; without one, nothing is shown. */
export function registerToolServerMetrics(
  metrics: Metrics,
  servers: Pick<ToolServers, "stats" | "process"> | undefined,
): void {
  const names = servers?.stats.map(({ name }) => name) ?? [];
  const { up, tools, active, restarts, failedStarts, calls, processRestarts } = metrics.register(
    defineMetrics({
      up: {
        type: "gauge",
        name: "earshot_tool_server_up",
        help: "1 while the tools of this MCP server can be called.",
        labels: { server: names },
      },
      tools: {
        type: "gauge",
        name: "earshot_tool_server_tools",
        help: "Tools that this MCP server has.",
        labels: { server: names },
      },
      active: {
        type: "gauge",
        name: "earshot_tool_server_calls_active",
        help: "Calls of this MCP server that are under way.",
        labels: { server: names },
      },
      restarts: {
        type: "counter",
        name: "earshot_tool_server_restarts_total",
        help: "How often this MCP server was connected anew.",
        labels: { server: names },
      },
      failedStarts: {
        type: "counter",
        name: "earshot_tool_server_failed_starts_total",
        help: "How often connecting to this MCP server has failed.",
        labels: { server: names },
      },
      calls: {
        type: "counter",
        name: "earshot_tool_server_calls_total",
        help: "Calls of this MCP server by what became of them.",
        labels: { server: names, outcome: CALL_OUTCOMES },
      },
      processRestarts: {
        type: "counter",
        name: "earshot_tool_process_restarts_total",
        help: "How often the process that runs the commands of MCP servers was started anew.",
      },
    }),
  );
  processRestarts.read(() => servers?.process.restarts ?? 0);
  if (servers === undefined) return;
  for (const [index, server] of names.entries()) {
    const stats = () => servers.stats[index];
    up.read(() => Number(stats()?.up ?? false), { server });
    tools.read(() => stats()?.tools ?? 0, { server });
    active.read(() => stats()?.active ?? 0, { server });
    restarts.read(() => stats()?.restarts ?? 0, { server });
    failedStarts.read(() => stats()?.failedStarts ?? 0, { server });
    for (const outcome of CALL_OUTCOMES) {
      calls.read(() => stats()?.calls[outcome] ?? 0, { server, outcome });
    }
  }
}
