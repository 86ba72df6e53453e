// deno-lint-ignore-file no-console -- printing is what a bench is for
/** One number that a bench has found. */
export interface Measurement {
  readonly name: string;
  readonly measured: number;
  readonly unit: string;
  /** The most that it may be; without one the number is only for comparison. */
  readonly limit?: number;
  /** Whether it must be the limit exactly, rather than at most. */
  readonly exact?: boolean;
  /** Whether the limit is the least that it may be. */
  readonly atLeast?: boolean;
  /** What else is worth knowing about it. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** A measurement as it is printed: one JSON object a line on stdout. */
export interface ReportLine {
  readonly name: string;
  readonly measured: number;
  readonly limit: number | null;
  readonly unit: string;
  readonly ok: boolean;
}

/** Prints a number, for programs on stdout and for people on stderr; a missed limit makes the exit code 1. */
export function report(
  { name, measured, unit, limit, exact = false, atLeast = false, detail = {} }: Measurement,
): void {
  const ok = limit === undefined ||
    (exact ? measured === limit : atLeast ? measured >= limit : measured <= limit);
  if (!ok) Deno.exitCode = 1;
  const value = round(measured);
  const line: ReportLine = {
    name,
    measured: value,
    limit: limit === undefined ? null : round(limit),
    unit,
    ok,
  };
  console.log(JSON.stringify({ ...line, ...(exact && { exact }), ...(atLeast && { atLeast }), ...detail }));
  const bound = limit === undefined
    ? ""
    : ` (${exact ? "exactly" : atLeast ? "at least" : "at most"} ${round(limit)})`;
  console.error(`${ok ? "  " : "X "}${name}: ${value} ${unit}${bound}`);
}

/** The value that `share` of the values do not exceed; `share` 0.5 is the median. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error("Cannot take a percentile: nothing was measured");
  return value;
}

/** Two digits behind the point, which is more than the machine repeats. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
