import { EarshotError } from "../errors/mod.ts";

let innermost: ((error: unknown) => void) | undefined;

function isolate(event: ErrorEvent): void {
  event.preventDefault();
  innermost?.(event.error);
}

/**
 * Aborts a controller and hands what its listeners throw to `onError`. Left alone, a throwing listener would
 * become an uncaught error and end the process.
 */
export function abortSafely(
  controller: AbortController,
  reason: unknown,
  onError: (error: unknown) => void,
): void {
  const outer = innermost;
  innermost = onError;
  if (outer === undefined) globalThis.addEventListener("error", isolate);
  try {
    controller.abort(reason);
  } finally {
    innermost = outer;
    if (outer === undefined) globalThis.removeEventListener("error", isolate);
  }
}

/** Whether `error` only says that the work ended because `signal` aborted. */
export function isAbortOf(signal: AbortSignal, error: unknown): boolean {
  if (!signal.aborted) return false;
  if (error === signal.reason) return true;
  if (error instanceof DOMException) return error.name === "AbortError";
  return error instanceof EarshotError && error.code === "canceled";
}
