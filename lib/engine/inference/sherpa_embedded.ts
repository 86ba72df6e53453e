import process from "node:process";
import { type FileSlice, sliceAt } from "../../executable/mod.ts";
import { type MemoryFiles, openMemoryFiles } from "./memory_file.ts";
import type { SherpaAddon } from "./sherpa_addon.ts";

/** The libraries that the addon is linked against, by their own names, each after those that it needs itself. */
export const SHERPA_LIBRARIES = ["libonnxruntime.so", "libsherpa-onnx-c-api.so"] as const;

/**
 * Loads sherpa-onnx out of the executable that carries it: its libraries and the addon at `addonPath` are copied into
 * memory, as those of ONNX Runtime are. For Linux; throws `internal` where one of them is not carried.
 */
export async function loadEmbeddedSherpa(addonPath: string): Promise<SherpaAddon> {
  const beside = (name: string) => sliceAt(addonPath.replace(/[^/]*$/, name));
  const libraries = await Promise.all(SHERPA_LIBRARIES.map(beside));
  return loadFromMemory(libraries, await sliceAt(addonPath), openMemoryFiles());
}

function loadFromMemory(
  libraries: readonly FileSlice[],
  addon: FileSlice,
  { copyToMemory, isLoaded, loadLibrary }: MemoryFiles,
): SherpaAddon {
  // Nothing here may wait, so that fewer Workers load the same one at the same time.
  for (const [index, library] of libraries.entries()) {
    const name = SHERPA_LIBRARIES[index];
    if (name !== undefined && !isLoaded(name)) loadLibrary(copyToMemory(library));
  }
  const module: { exports?: SherpaAddon } = {};
  process.dlopen(module, copyToMemory(addon));
  if (module.exports !== undefined) return module.exports;
  throw new Error("Cannot load sherpa-onnx: its addon exports nothing");
}
