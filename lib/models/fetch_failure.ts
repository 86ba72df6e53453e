import { EarshotError } from "../errors/mod.ts";

/** HTTP statuses below 500 that are worth another try: time-outs, rate limits, and a range that the registry does not have. */
const RETRIABLE_STATUS = new Set([408, 416, 420, 429]);

/** Codes of npm's libraries and of the resolver that mean the same next time. */
const FINAL_CODES = new Set(["EINTEGRITY", "ETARGET", "ENOVERSIONS", "ENOTFOUND", "EINVALIDPROXY"]);

/** The HTTP status that the registry refused with, if it was that. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}

/** The code of a system error or of one of npm's own. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether asking the registry again may help. */
export function isWorthRetrying(error: unknown): boolean {
  if (error instanceof EarshotError) return false;
  const status = statusOf(error);
  if (status !== undefined) return status >= 500 || RETRIABLE_STATUS.has(status);
  return !FINAL_CODES.has(codeOf(error) ?? "");
}

/** Why a request failed, in a word: an HTTP status or an error code. */
export function reasonOf(error: unknown): string {
  const status = statusOf(error);
  if (status !== undefined) return `HTTP ${status}`;
  return codeOf(error) ?? (error instanceof Error ? error.name : String(error));
}
