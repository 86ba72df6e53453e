import { EarshotError } from "../errors/mod.ts";

/**
 * Reads a file that was named on the command line.
 *
 * @throws {EarshotError} `cli.unreadable`
 */
export async function readInput(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** Says why a file cannot be read. */
export function unreadable(file: string, cause: unknown): EarshotError {
  return new EarshotError("cli.unreadable", `Cannot read ${file}: ${reasonOf(cause)}`, { cause });
}

/** Says which file an error is about whose message does not. */
export function about(file: string, error: EarshotError): EarshotError {
  const { code, message, retryable } = error;
  return new EarshotError(code, `${file}: ${message}`, { cause: error, retryable });
}

/** In our own words, since those of the system may name the path again. */
function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "there is no such file";
  if (cause instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (cause instanceof Deno.errors.NotADirectory) return "a part of its path is no directory";
  if (cause instanceof Deno.errors.PermissionDenied) return "permission denied";
  return `it cannot be read (${kindOf(cause)})`;
}

function kindOf(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
}
