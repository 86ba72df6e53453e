import { dirname } from "node:path";

/** Options of {@linkcode writeWhole}. */
export interface WriteWholeOptions {
  /** Nobody but this user can read it. Default: whoever the system lets. */
  readonly secret?: boolean;
  /** It is on the disk when the call ends, and survives a loss of power. Default: as the system does it. */
  readonly durable?: boolean;
  /** A file that is there stays, also when two processes write at once. Default: it is replaced. */
  readonly onlyNew?: boolean;
}

/**
 * Writes a file, and the directory that it is in: who reads it meanwhile finds the former one or the new one, never half
 * of it. Rejects with what the file system throws, and leaves nothing behind then.
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  { secret = false, durable = false, onlyNew = false }: WriteWholeOptions = {},
): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}.part`;
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.mkdir(dirname(path), { recursive: true, ...(secret && { mode: 0o700 }) });
  try {
    {
      using file = await Deno.open(draft, { write: true, createNew: true, ...(secret && { mode: 0o600 }) });
      for (let sent = 0; sent < bytes.length;) sent += await file.write(bytes.subarray(sent));
      if (durable) await file.syncData();
    }
    if (!onlyNew) return await Deno.rename(draft, path);
    await Deno.link(draft, path).catch(ignoreExisting);
  } finally {
    await Deno.remove(draft).catch(() => {}); // renamed, or never made
  }
}

function ignoreExisting(thrown: unknown): void {
  if (!(thrown instanceof Deno.errors.AlreadyExists)) throw thrown;
}
