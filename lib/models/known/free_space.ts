import { statfs } from "node:fs/promises";
import { EarshotError } from "../../errors/mod.ts";

/** How much of a disk stays free, in bytes. */
const RESERVE_BYTES = 1_048_576;

/**
 * Makes sure that `neededBytes` fit where `dir` lies, before anything is fetched. Where the free space is unknown, the
 * write itself fails. Throws `model.directory`.
 */
export async function requireSpace(dir: string, neededBytes: number, name: string): Promise<void> {
  const freeBytes = await freeSpace(dir);
  if (neededBytes === 0 || freeBytes === undefined || neededBytes + RESERVE_BYTES <= freeBytes) return;
  throw new EarshotError(
    "model.directory",
    `Cannot fetch ${name}: ${megabytes(neededBytes)} are to come, and ${dir} has room for ${
      megabytes(freeBytes)
    }; free some space, or choose another models.dir`,
  );
}

async function freeSpace(dir: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(dir);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
