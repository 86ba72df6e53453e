import { EarshotError } from "../errors/mod.ts";

/** Writes a file that was named on the command line. Throws `cli.unwritable`. */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await Deno.writeFile(path, bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EarshotError("cli.unwritable", `Cannot write ${path}: ${why}`, { cause });
  }
}
