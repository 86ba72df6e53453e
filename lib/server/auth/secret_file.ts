import { EarshotError } from "../../errors/mod.ts";
import { writeWhole } from "../../files/mod.ts";

/**
 * Writes a file that only this user can read, wholly or not at all. With `onlyNew`, one that is there stays, also
 * when two processes write at once.
 *
 * @throws {EarshotError} `auth.unwritable`
 */
export async function writeSecretFile(
  path: string,
  text: string,
  { onlyNew = false }: { readonly onlyNew?: boolean } = {},
): Promise<void> {
  try {
    await writeWhole(path, text, { secret: true, durable: true, onlyNew });
  } catch (cause) {
    throw new EarshotError("auth.unwritable", `Cannot write ${path}: the file system refuses`, { cause });
  }
}
