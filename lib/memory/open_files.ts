import type { MemoryFiles } from "./files/memory_files.ts";

/**
 * Opens the files of a memory as they lie, for a command. Rejects with `memory.*`. Loaded only then: the gateway itself
 * opens no file, its Workers do.
 */
export async function openMemoryFiles(dir: string): Promise<MemoryFiles> {
  const files = await import("./files/memory_files.ts");
  return new files.MemoryFiles(dir);
}
