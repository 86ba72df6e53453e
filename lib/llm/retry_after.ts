import { HttpRefusal } from "../net/mod.ts";

/**
 * How long the service asks to wait before it is asked again (`retry-after-ms`, `retry-after`), in ms; `undefined`
 * where it does not say. Reads the refusal that caused the error.
 */
export function retryAfterOf(error: Error): number | undefined {
  if (!(error.cause instanceof HttpRefusal)) return undefined;
  const { headers } = error.cause;
  const ms = numberOf(headers.get("retry-after-ms"));
  if (ms !== undefined) return ms;
  const asked = headers.get("retry-after");
  const seconds = numberOf(asked);
  if (seconds !== undefined) return seconds * 1_000;
  // A date counts from the service's own clock: that of this machine may be wrong.
  const waitMs = Date.parse(asked ?? "") - Date.parse(headers.get("date") ?? "");
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
}

function numberOf(header: string | undefined): number | undefined {
  const text = header?.trim() ?? "";
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
