import { EarshotError } from "../errors/mod.ts";

const encoder = new TextEncoder();

/** Where a command writes: results to stdout, everything said to a person beside them to stderr. */
export interface Output {
  /** Whether results are JSON, one object a line. */
  readonly json: boolean;
  /** Whether stderr is a terminal, so that a line may be drawn over. */
  readonly interactive: boolean;
  /** Aborted when whoever read the results has gone away (`| head -1`): nobody wants any more of them. */
  readonly closed: AbortSignal;
  /** Writes one result: the object with `--json`, else the line for people. Throws `cli.unwritable`. */
  result(value: Readonly<Record<string, unknown>>, line?: string): void;
  /** Says something to the person at the terminal; never on stdout. */
  say(line: string): void;
  /** The same while devices are served, for whom a stderr that nobody reads must not stop the process. */
  remark(line: string): void;
  /** Draws a line over the last one, on a terminal only. */
  draw(line: string): void;
  /** Takes a line that was drawn away again. */
  erase(): void;
}

/** As much of a line as can be drawn over again: what wraps stays on the terminal. */
export function fitted(line: string, columns: number): string {
  return line.length < columns ? line : line.slice(0, Math.max(0, columns - 1));
}

/** How wide the terminal is; a line of usual length fits where it does not say. */
function columns(): number {
  try {
    return Deno.consoleSize().columns || Infinity;
  } catch {
    return Infinity;
  }
}

/** The process's own output. */
export function createOutput(options: { readonly json: boolean }): Output {
  const { json } = options;
  const interactive = Deno.stderr.isTerminal();
  const closed = new AbortController();
  let drawn = false;
  const endDrawing = () => {
    if (drawn) tell("\n");
    drawn = false;
  };
  return {
    json,
    interactive,
    closed: closed.signal,
    result(value, line) {
      endDrawing();
      const text = json ? JSON.stringify(value) : line;
      if (text === undefined || print(`${text}\n`)) return;
      closed.abort(new DOMException("Nobody reads the results", "AbortError"));
    },
    say(line) {
      endDrawing();
      tell(`${line}\n`);
    },
    remark(line) {
      // Where it cannot be written, nobody is left to be told.
      Deno.stderr.write(encoder.encode(`${line}\n`)).catch(() => {});
    },
    draw(line) {
      if (!interactive) return;
      tell(`\r\x1b[2K${fitted(line, columns())}`);
      drawn = true;
    },
    erase() {
      if (drawn) tell("\r\x1b[2K");
      drawn = false;
    },
  };
}

/**
 * Writes text to stdout, and says whether somebody is there to read it; a reader that has gone away (`| head`) is no
 * fault of ours.
 *
 * @throws {EarshotError} `cli.unwritable`
 */
export function print(text: string): boolean {
  try {
    writeAll(Deno.stdout, text);
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.BrokenPipe) return false;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new EarshotError("cli.unwritable", `Cannot write the result: ${why}`, { cause: thrown });
  }
}

/** Writes text to stderr; where that cannot be written, nobody is left to be told, and the work goes on. */
export function tell(text: string): void {
  try {
    writeAll(Deno.stderr, text);
  } catch {
    // There is nowhere to say it.
  }
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  for (let sent = 0; sent < bytes.length;) sent += stream.writeSync(bytes.subarray(sent));
}
