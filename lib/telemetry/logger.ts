import {
  configureSync,
  getAnsiColorFormatter,
  getJsonLinesFormatter,
  getTextFormatter,
  type LogRecord,
  resetSync,
  type TextFormatter,
  type TextFormatterOptions,
} from "@logtape/logtape";
import type { LogConfig } from "./config.ts";
import { placeholders, redactRecord } from "./log_record.ts";
import { type LogDestination, LogWriter } from "./log_writer.ts";

/** Options of {@linkcode configureLogging}. */
export interface LoggingOptions extends LogConfig {
  /** Where the lines go. Default: stderr. */
  readonly destination?: LogDestination;
}

/**
 * Sets up what `getLogger(["earshot", stage])` writes: one line a record, redacted, through a bounded queue.
 * Disposing writes what still waits and switches logging off. The set-up belongs to the process; a second
 * call takes the place of the first.
 *
 * @example
 * ```ts
 * import { getLogger } from "@logtape/logtape";
 * import { configureLogging } from "./logger.ts";
 *
 * await using _logging = configureLogging({ level: "info", format: "json" });
 * getLogger(["earshot", "asr"]).info("Recognized {textBytes} bytes", { textBytes: 12, token: "never shown" });
 * ```
 */
export function configureLogging(options: LoggingOptions): AsyncDisposable {
  const { level, format, destination = Deno.stderr } = options;
  const formatter = format === "json" || (format === "auto" && !Deno.stderr.isTerminal())
    ? getJsonLinesFormatter()
    : forPeople();
  const writer = new LogWriter(destination, (lines) => formatter(lossRecord(lines)));
  const sink = (record: LogRecord) => writer.write(formatter(redactRecord(record)));
  configureSync({
    reset: true,
    sinks: { lines: sink },
    loggers: [
      { category: ["earshot"], sinks: ["lines"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: ["lines"], lowestLevel: "error" },
    ],
  });
  return {
    async [Symbol.asyncDispose]() {
      await writer.flush();
      resetSync();
    },
  };
}

/** Like `12:00:00.000 INF asr: Recognized 12 bytes token="[redacted]"`; fields of the message are not repeated. */
function forPeople(): TextFormatter {
  const options: TextFormatterOptions = {
    timestamp: "time",
    category: (category) => category.slice(1).join(".") || category.join("."),
    format: ({ timestamp, level, category, message, record }) => {
      const shown = placeholders(record.rawMessage) ?? [];
      const fields = Object.entries(record.properties).filter(([name]) => !shown.includes(name));
      const rest = fields.map(([name, value]) => ` ${name}=${JSON.stringify(value)}`).join("");
      return `${timestamp} ${level} ${category} ${message}${rest}`;
    },
  };
  return Deno.noColor ? getTextFormatter(options) : getAnsiColorFormatter(options);
}

function lossRecord(lines: number): LogRecord {
  const text = `${lines} log lines were lost: they could not be written, or not fast enough`;
  return {
    category: ["earshot", "log"],
    level: "warning",
    timestamp: Date.now(),
    message: [text],
    rawMessage: text,
    properties: { lines },
  };
}
