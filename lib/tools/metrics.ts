import { defineMetrics, type MetricBlock, type Metrics } from "../telemetry/mod.ts";
import type { ToolEvent } from "./turn_tools.ts";

/** What calls are counted under that are of no source: there is no such tool. */
const NONE = "none";

/** The definitions for these sources. */
const definitionsFor = (sources: readonly string[]) =>
  defineMetrics({
    calls: {
      type: "counter",
      name: "earshot_tool_calls_total",
      help:
        "Calls of tools by how they ended: done, failed, without an end in time, given up, of a tool that may not be " +
        "called, with arguments that do not fit, made before in the same turn, asked back about, too many at once.",
      labels: {
        source: sources,
        outcome: [
          "done",
          "failed",
          "timeout",
          "canceled",
          "unknown",
          "arguments",
          "repeated",
          "asks_back",
          "too_many",
        ],
      },
    },
    callSeconds: {
      type: "histogram",
      name: "earshot_tool_call_seconds",
      help: "How long calls of tools took that were made.",
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 45],
    },
    cut: {
      type: "counter",
      name: "earshot_tool_results_cut_total",
      help: "Results of tools of which a language model was told the first 4 KB.",
    },
    leftOut: {
      type: "counter",
      name: "earshot_tools_left_out_total",
      help: "Tools that a language model was not offered in a turn, since there were more than 32.",
    },
  });

/** Shows on `metrics` what tools do. */
export class ToolMetrics {
  readonly #block: MetricBlock<ReturnType<typeof definitionsFor>>;
  readonly #sources: ReadonlySet<string>;

  /** Registers everything at zero, for sources of these names. */
  constructor(metrics: Metrics, sources: readonly string[]) {
    this.#sources = new Set([...sources, NONE]);
    this.#block = metrics.register(definitionsFor([...this.#sources]));
  }

  /** Something happened with tools. */
  record(event: ToolEvent): void {
    const { calls, callSeconds, cut, leftOut } = this.#block;
    if (event.type === "cut") cut.add(1);
    else if (event.type === "left_out") leftOut.add(event.count);
    else {
      const source = this.#sources.has(event.source) ? event.source : NONE;
      calls.add(1, { source, outcome: event.outcome });
      const made = event.outcome === "done" || event.outcome === "failed" || event.outcome === "timeout";
      if (made) callSeconds.observe(event.callMs / 1_000);
    }
  }
}
