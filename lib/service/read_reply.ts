import type { z } from "zod";
import { serviceError } from "./service_error.ts";
import type { ServiceName } from "./service_name.ts";

/**
 * Reads a service's JSON message; a field that is null counts as absent. Throws the family's `protocol` error for
 * anything else, without repeating what it holds.
 */
export function readReply<T>(service: ServiceName, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text, absentIfNull);
  } catch (cause) {
    throw serviceError(service, "protocol", { detail: "it sent something that is not JSON", cause });
  }
  return checkReply(service, value, schema);
}

/** The same for a message that is decoded already. */
export function checkReply<T>(service: ServiceName, value: unknown, schema: z.ZodType<T>): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const where = read.error.issues[0]?.path.join(".") ?? "";
  throw serviceError(service, "protocol", { detail: `its message has no valid ${where}`.trimEnd() });
}

function absentIfNull(_key: string, value: unknown): unknown {
  return value === null ? undefined : value;
}

/** A text as JSON; `undefined` where it is none, as the body of many refusals. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
