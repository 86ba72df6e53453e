/**
 * What the operator sees: log lines without secrets, and metrics.
 *
 * @module
 */
export { type LogConfig, logConfig } from "./config.ts";
export { configureLogging, type LoggingOptions } from "./logger.ts";
export type { LogDestination } from "./log_writer.ts";
export {
  type CounterDefinition,
  type CounterMetric,
  defineMetrics,
  type GaugeDefinition,
  type GaugeMetric,
  type HistogramDefinition,
  type HistogramMetric,
  type LabelArgs,
  type LabelValues,
  type MetricBlock,
  type MetricDefinition,
  type MetricDefinitions,
  Metrics,
} from "./metrics.ts";
export { readProc, readProcSync } from "./proc_files.ts";
export { isSensitive, redact, REDACTED, redactText } from "./redaction.ts";
