/** One number of this task. */
export interface Row {
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

/** Whether a device heard too badly. */
export function isMissed({ wrong, bare, allowed }: Row): boolean {
  return allowed !== undefined && wrong > bare + allowed;
}

/** Tells people how far it is. */
export function say(line: string): void {
  // deno-lint-ignore no-console -- printing is what this task is for
  console.error(line);
}

/** What there is no row of: names of trials, each with the reason. */
export interface Missing {
  readonly skipped: ReadonlyMap<string, string>;
  readonly failed: ReadonlyMap<string, string>;
}

/** Prints the table. */
export function printTable(rows: readonly Row[], missing: Missing): void {
  const lines = rows.map((row) => {
    const { what, wrong, bare, of, unit, allowed, delayMs } = row;
    const limit = allowed === undefined ? "" : `${bare + allowed}${isMissed(row) ? " MISSED" : ""}`;
    const delay = delayMs === undefined ? "" : `${Math.round(delayMs)} ms`;
    return `| ${what} | ${wrong} | ${bare} | ${of} ${unit} | ${limit} | ${delay} |`;
  });
  const notes = Object.entries(missing).flatMap(([kind, trials]: [string, ReadonlyMap<string, string>]) =>
    [...trials].map(([name, why]) => `${kind}: ${name}: ${why}`)
  );
  const head = [
    "| Heard by, from | Wrong through a device | Wrong by the bare model | Of | Limit | Text after (median) |",
    "| --- | --- | --- | --- | --- | --- |",
  ];
  // deno-lint-ignore no-console -- printing is what this task is for
  console.log([...head, ...lines, ...notes].join("\n"));
}
