import { z } from "zod";
import type { Heard } from "./clips.ts";

/** Why something cannot be tried on this machine; what needs it is skipped by name. */
export class Unavailable extends Error {}

/** Options of {@linkcode run}. */
export interface RunOptions {
  /** Ends the program. */
  readonly signal: AbortSignal;
  /** How long it may take, in ms. */
  readonly deadlineMs: number;
}

/**
 * Runs a program to its end and gives what it printed on stdout. Throws {@linkcode Unavailable}, with its last words,
 * when it is not there, fails or takes too long.
 */
export async function run(
  [program = "", ...args]: readonly string[],
  { signal, deadlineMs }: RunOptions,
): Promise<string> {
  const timeout = AbortSignal.timeout(deadlineMs);
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, {
      args,
      stdin: "null",
      signal: AbortSignal.any([signal, timeout]),
    }).output();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Unavailable(`there is no ${program} here`);
  }
  signal.throwIfAborted();
  if (timeout.aborted) throw new Unavailable(`${program} took longer than ${deadlineMs / 1_000} s`);
  const text = new TextDecoder();
  if (output.success) return text.decode(output.stdout);
  const words = [program.replace(/.*\//, ""), ...args.slice(0, 3)].join(" ");
  throw new Unavailable(`${words} ended with ${output.code}: ${lastWords(text.decode(output.stderr))}`);
}

/** The last line that says something. */
export function lastWords(log: string): string {
  return log.trimEnd().split("\n").at(-1)?.slice(0, 300) ?? "";
}

const heard = z.looseObject({ file: z.string().default(""), text: z.string() });

/** What a program heard in so many recordings: a line of JSON for each. */
export function readHeard(stdout: string, recordings: number): Heard[] {
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  if (lines.length === recordings) return lines.map((line) => heard.parse(JSON.parse(line)));
  throw new Error(`Cannot compare: the bare model heard ${lines.length} of ${recordings} recordings`);
}
