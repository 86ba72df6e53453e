/** Writes one line to stderr, which in the engine process is the way to the parent's log. */
export function writeStderrLine(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Writes why a load failed: the cause of an error is not part of the answer. */
export function writeCause(error: unknown): void {
  if (error instanceof Error && error.cause !== undefined) writeStderrLine(String(error.cause));
}
