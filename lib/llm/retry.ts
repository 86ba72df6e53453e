import type { EarshotError } from "../errors/mod.ts";
import { retryAfterOf } from "./retry_after.ts";

/** How long before a further try, in ms; doubled each time. */
const RETRY_DELAY_MS = 100;
/** A service that asks for more than this is not asked again: nobody waits so long for a word. */
const MAX_RETRY_AFTER_MS = 2_000;

/** Faults before the service has read the question: one that keeps a history, or acts, has not begun. */
const UNREAD = new Set(["llm.unreachable", "llm.throttled"]);

/** What {@linkcode retryDelayMs} needs to know. */
export interface RetryFacts {
  /** How often it was asked again already. */
  readonly tries: number;
  /** Whether the service may be asked twice: it keeps no history, and does nothing but answer. */
  readonly repeatable: boolean;
}

/**
 * How long to wait before a question is asked again after `error`, in ms; `undefined`: it is not. A too long
 * conversation is the dialogue's to shorten.
 */
export function retryDelayMs(error: EarshotError, { tries, repeatable }: RetryFacts): number | undefined {
  if (!error.retryable || error.code === "llm.context") return undefined;
  if (!repeatable && !UNREAD.has(error.code)) return undefined;
  const afterMs = carriedBy(error) ?? retryAfterOf(error) ?? RETRY_DELAY_MS * 2 ** tries;
  return afterMs <= MAX_RETRY_AFTER_MS ? afterMs : undefined;
}

/** The `retryAfterMs` that the error or its cause carries, where a service has said one. */
function carriedBy(error: unknown): number | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("retryAfterMs" in at && typeof at.retryAfterMs === "number" && at.retryAfterMs >= 0) {
      return at.retryAfterMs;
    }
  }
  return undefined;
}
