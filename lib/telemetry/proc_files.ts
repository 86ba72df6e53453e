/**
 * The program that reads them: Deno itself reads `/proc` only with all permissions, which no command of ours has, and
 * this is the one program besides itself that the executable for Linux may start.
 */
const READER = "/bin/cat";

/**
 * The text of files of Linux's `/proc`, one after the other; what is not there is left out. Of `/proc/self` it is that
 * of a child of this process. Rejects where no program can be started, as on another system, or the signal aborts.
 */
export async function readProc(paths: readonly string[], signal?: AbortSignal): Promise<string> {
  const { stdout, signal: endedBy } = await reader(paths, signal).output();
  if (endedBy !== null) {
    throw new Error(`Cannot read ${paths.join(", ")}: what reads was ended by ${endedBy}`);
  }
  return new TextDecoder().decode(stdout);
}

/** {@linkcode readProc} for what is needed before anything runs; throws where that rejects. */
export function readProcSync(path: string): string {
  return new TextDecoder().decode(reader([path]).outputSync().stdout);
}

function reader(paths: readonly string[], signal?: AbortSignal): Deno.Command {
  return new Deno.Command(READER, {
    args: [...paths],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    ...(signal !== undefined && { signal }),
  });
}
