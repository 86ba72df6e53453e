import type { HttpRefusal } from "../net/mod.ts";

/** The longest time that a host may ask for and get, in ms; who asks for more is not waited for. */
export const MAX_RETRY_AFTER_MS = 30_000;

/** How long a host that refuses asks to be left alone (`Retry-After`), in ms; 0 where it does not say. */
export function retryAfterMs({ headers }: Pick<HttpRefusal, "headers">, nowMs: number = Date.now()): number {
  const asked = headers.get("retry-after")?.trim() ?? "";
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1_000 : Date.parse(asked) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
