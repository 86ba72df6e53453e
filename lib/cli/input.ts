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
    const why = cause instanceof Deno.errors.NotFound ? "there is no such file" : "it cannot be read";
    throw new EarshotError("cli.unreadable", `Cannot read ${file}: ${why}`, { cause });
  }
}
