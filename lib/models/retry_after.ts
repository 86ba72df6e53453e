import type { HttpRefusal } from "../net/mod.ts";

/** The longest `Retry-After` that is obeyed, in ms; a host that asks for more counts as failed. */
export const MAX_RETRY_AFTER_MS = 30_000;

/** The pause that a refusal asks for (`Retry-After`), in ms; 0 where it names none. */
export function retryAfterMs({ headers }: Pick<HttpRefusal, "headers">, nowMs: number = Date.now()): number {
  const asked = headers.get("retry-after")?.trim() ?? "";
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1_000 : Date.parse(asked) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
