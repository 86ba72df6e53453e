import { EarshotError } from "../errors/mod.ts";
import type { CleanupReport } from "../lifecycle/mod.ts";

/** What became of everything that was open, for a program: what was not released is named. */
export function closedResult(
  { total, ok, failed, timedOut, durationMs }: CleanupReport,
): Readonly<Record<string, unknown>> {
  return { total, ok, failed: failed.map(({ name }) => name), timedOut, durationMs: Math.round(durationMs) };
}

/** The same for people: a line, and one for each that was not released. */
export function closedLines({ total, ok, failed, timedOut, durationMs }: CleanupReport): string {
  return [
    `closed: ${ok} of ${total} resources released in ${Math.round(durationMs)} ms`,
    ...failed.map(({ name, error }) => `  not released: ${name}: ${EarshotError.from(error).message}`),
    ...timedOut.map((name) => `  not released: ${name}: it took too long and was abandoned`),
  ].join("\n");
}
