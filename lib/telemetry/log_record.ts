import type { LogRecord } from "@logtape/logtape";
import { isSensitive, redact, REDACTED, redactText } from "./redaction.ts";

const PLACEHOLDER = /\{\{|\}\}|\{([^{}]*)\}/g;

/** A copy of the record, free of secrets and of what was said, in its fields and in its message. */
export function redactRecord(record: LogRecord): LogRecord {
  const names = placeholders(record.rawMessage);
  const values = (record.message.length - 1) / 2;
  const message = record.message.map((part, index) => {
    if (index % 2 === 0) return redactText(String(part));
    if (names === undefined) return redact(part);
    // When the count differs, the names cannot be told apart: rather lose a value than show a secret.
    const name = names.length === values ? names[(index - 1) / 2] : undefined;
    return name === undefined || isSensitive(name) ? REDACTED : redact(part);
  });
  return { ...record, message, properties: redact(record.properties) as Record<string, unknown> };
}

/** The names of the fields that stand in the message; none are known of a tagged template. */
export function placeholders(rawMessage: LogRecord["rawMessage"]): readonly string[] | undefined {
  if (typeof rawMessage !== "string") return undefined;
  const names = Array.from(rawMessage.matchAll(PLACEHOLDER), (match) => match[1]);
  return names.filter((name) => name !== undefined).map((name) => name.trim());
}
