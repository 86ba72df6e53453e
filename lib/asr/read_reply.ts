import type { z } from "zod";
import { serviceError } from "./service_error.ts";

/** Reads a service's JSON message; a field that is null is not there, as services say either. Throws `asr.protocol` for anything else, without repeating what it holds. */
export function readReply<T>(
  service: string,
  { text, schema }: { readonly text: string; readonly schema: z.ZodType<T> },
): T {
  let value: unknown;
  try {
    value = JSON.parse(text, absentIfNull);
  } catch (cause) {
    throw serviceError("asr.protocol", { service, detail: "it sent something that is not JSON", cause });
  }
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const where = read.error.issues[0]?.path.join(".") ?? "";
  throw serviceError("asr.protocol", { service, detail: `its message has no valid ${where}` });
}

function absentIfNull(_key: string, value: unknown): unknown {
  return value === null ? undefined : value;
}

/** What a text holds as JSON; `undefined` where it is none, as many a refusal's body. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
