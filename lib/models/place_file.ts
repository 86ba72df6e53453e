import { dirname } from "node:path";
import { onDisk } from "./disk.ts";

/**
 * Moves a file to its place once the disk has it; there is never a half of it under its own name. Both must be on
 * one file system. Throws `model.directory`.
 */
export function placeFile(from: string, to: string): Promise<void> {
  return onDisk(to, async () => {
    await Deno.mkdir(dirname(to), { recursive: true });
    using file = await Deno.open(from, { read: true, write: true });
    await file.sync();
    await Deno.rename(from, to);
  });
}
