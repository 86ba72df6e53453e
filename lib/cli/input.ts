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
    throw new EarshotError("cli.unreadable", `Cannot read ${file}: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "there is no such file";
  if (cause instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (cause instanceof Deno.errors.PermissionDenied) return "this user may not";
  return cause instanceof Error ? cause.message : "it cannot be read";
}
