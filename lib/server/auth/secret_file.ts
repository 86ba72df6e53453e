import { dirname } from "node:path";
import { EarshotError } from "../../errors/mod.ts";

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
  const draft = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      using file = await Deno.open(draft, { write: true, createNew: true, mode: 0o600 });
      const bytes = new TextEncoder().encode(text);
      for (let sent = 0; sent < bytes.length;) sent += await file.write(bytes.subarray(sent));
      await file.syncData();
      if (!onlyNew) return await Deno.rename(draft, path);
      await Deno.link(draft, path).catch(ignoreExisting);
    } finally {
      await Deno.remove(draft).catch(() => {}); // renamed, or never made
    }
  } catch (cause) {
    throw new EarshotError("auth.unwritable", `Cannot write ${path}: the file system refuses`, { cause });
  }
}

function ignoreExisting(thrown: unknown): void {
  if (!(thrown instanceof Deno.errors.AlreadyExists)) throw thrown;
}
