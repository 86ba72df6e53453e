import { join } from "node:path";
import { onDisk } from "../disk.ts";

/** The name of an unfinished file: by its content, so that what one host began another one can go on with. */
export function partName(name: string, part: string, digest: string): string {
  return `${name}.${part}.${digest.slice(0, 16)}.part`;
}

/** How many bytes of these files are still to come. */
export async function missingBytes(
  workDir: string,
  name: string,
  wanted: readonly { readonly part: string; readonly sizeBytes: number }[],
): Promise<number> {
  let total = 0;
  const parts = await partsOf(workDir, name);
  for (const { part, sizeBytes } of wanted) {
    const begun = parts.filter((found) => found.part === part).map((found) => found.sizeBytes);
    total += Math.max(0, sizeBytes - Math.max(0, ...begun));
  }
  return total;
}

/** Removes what is left of pulls of a model, which is whole now. */
export async function removeParts(workDir: string, name: string): Promise<void> {
  for (const { path } of await partsOf(workDir, name)) await onDisk(path, () => Deno.remove(path));
}

function partsOf(
  workDir: string,
  name: string,
): Promise<readonly { readonly part: string; readonly path: string; readonly sizeBytes: number }[]> {
  return onDisk(workDir, async () => {
    const found = [];
    for await (const entry of Deno.readDir(workDir)) {
      const [, part] = /^([A-Za-z0-9]+)\.[0-9a-f]{16}\.part$/.exec(
        entry.name.startsWith(`${name}.`) ? entry.name.slice(name.length + 1) : "",
      ) ?? [];
      if (part === undefined) continue;
      const path = join(workDir, entry.name);
      found.push({ part, path, sizeBytes: (await Deno.stat(path)).size });
    }
    return found;
  });
}
