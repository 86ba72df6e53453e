/** Options of {@linkcode runDeno}. */
export interface RunOptions {
  /** Where it runs. */
  readonly cwd: string;
  /** What its environment has besides ours. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs this Deno and gives what it printed on stdout; throws with what it said when it fails. */
export async function runDeno(args: readonly string[], options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: options.cwd,
    // The thread that walks the module graph needs more than its 2 MB for ours on Deno 2.7.
    env: {
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      RUST_MIN_STACK: String(64 * 1024 * 1024),
      ...options.env,
    },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (code === 0) return text.decode(stdout);
  throw new Error(`Cannot go on: deno ${args[0]} ended with ${code}\n${text.decode(stderr)}`);
}
