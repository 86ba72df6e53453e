/**
 * Tables of Markdown, in the form that `deno fmt` would give them.
 *
 * @module
 */

/** A table with these columns. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [columns, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  return cells.map(line).toSpliced(1, 0, line(columns.map(() => "---"))).join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** A number as people read it: `65,536`. */
export function grouped(value: number): string {
  return value.toLocaleString("en-US");
}

/** A number with the unit that its name ends with, in the largest one that fits: 65536 of `maxBytes` is `64 KiB`. */
export function withUnit(name: string, value: number): string | undefined {
  if (name.endsWith("Ms")) return inTime(value);
  return name.endsWith("Bytes")
    ? inLarger(value, { units: ["B", "KiB", "MiB", "GiB"], step: 1_024 })
    : undefined;
}

function inTime(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  const seconds = ms / 1_000;
  if (seconds >= 3_600 && seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  if (seconds >= 120 && seconds % 60 === 0) return `${seconds / 60} min`;
  return `${Number(seconds.toFixed(1))} s`;
}

function inLarger(
  value: number,
  { units, step }: { readonly units: readonly string[]; readonly step: number },
) {
  let amount = value;
  let unit = 0;
  for (; amount >= step && unit < units.length - 1; unit++) amount /= step;
  return `${Number(amount.toFixed(1))} ${units[unit]}`;
}
