/** What a trial has found. */
export type Finding = Row | Check;

/** Something that holds or not. */
export interface Check {
  readonly type: "check";
  /** What should be so. */
  readonly what: string;
  readonly holds: boolean;
  /** What was seen: numbers, an error's code. */
  readonly seen: string;
}

/** How much of some speech was heard wrong. */
export interface Row {
  readonly type: "heard";
  /** Which recognizer heard what, and how. */
  readonly what: string;
  /** How much was wrong through a device. */
  readonly wrong: number;
  /** How much was wrong with nothing between the model and the recording. */
  readonly bare: number;
  /** Of how much. */
  readonly of: number;
  readonly unit: "characters" | "words" | "syllables";
  /** How much worse than the bare model a device may hear; without it the number is only for comparison. */
  readonly allowed?: number;
  /** From the end of speech to the text, in ms: the median. */
  readonly delayMs?: number;
}

/** Whether a device heard too badly, or something is not as it should be. */
export function isMissed(finding: Finding): boolean {
  if (finding.type === "check") return !finding.holds;
  const { wrong, bare, allowed } = finding;
  return allowed !== undefined && wrong > bare + allowed;
}

/** Tells people how far it is. */
export function say(line: string): void {
  // deno-lint-ignore no-console -- printing is what this task is for
  console.error(line);
}

/** A check, which people are told at once. */
export function checked(what: string, holds: boolean, seen: string): Check {
  say(`  ${holds ? "yes" : "NO"}: ${what}: ${seen}`);
  return { type: "check", what, holds, seen };
}

/** What there is no row of: names of trials, each with the reason. */
export interface Missing {
  readonly skipped: ReadonlyMap<string, string>;
  readonly failed: ReadonlyMap<string, string>;
}

/** Prints the tables. */
export function printTable(findings: readonly Finding[], missing: Missing): void {
  const rows = findings.filter((finding) => finding.type === "heard").map((row) => {
    const { what, wrong, bare, of, unit, allowed, delayMs } = row;
    const limit = allowed === undefined ? "" : `${bare + allowed}${isMissed(row) ? " MISSED" : ""}`;
    const delay = delayMs === undefined ? "" : `${Math.round(delayMs)} ms`;
    return `| ${what} | ${wrong} | ${bare} | ${of} ${unit} | ${limit} | ${delay} |`;
  });
  const checks = findings.filter((finding) => finding.type === "check")
    .map(({ what, holds, seen }) => `| ${what} | ${holds ? "yes" : "NO"} | ${seen} |`);
  const notes = Object.entries(missing).flatMap(([kind, trials]: [string, ReadonlyMap<string, string>]) =>
    [...trials].map(([name, why]) => `${kind}: ${name}: ${why}`)
  );
  const lines = [
    ...tableOf([
      "| Heard by, from | Wrong through a device | Wrong by the bare model | Of | Limit | Text after (median) |",
      "| --- | --- | --- | --- | --- | --- |",
    ], rows),
    ...tableOf(["| What should be so | Is it | Seen |", "| --- | --- | --- |"], checks),
    ...notes,
  ];
  // deno-lint-ignore no-console -- printing is what this task is for
  console.log(lines.join("\n"));
}

function tableOf(head: readonly string[], lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [...head, ...lines, ""];
}
