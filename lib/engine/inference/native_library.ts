/**
 * Makes ONNX Runtime's addon and the library that it is linked against loadable from the executable; does nothing
 * in a checkout. On Linux both are copied into memory: `deno compile` itself would unpack an addon into the shared
 * temporary directory, under a name that anybody can guess, and without what lies next to it. Elsewhere the
 * executable has unpacked itself, and the addon finds its neighbors.
 *
 * @module
 */
import { createRequire } from "node:module";
import { embeddedSlice, type FileSlice } from "../../executable/mod.ts";
import { openMemoryFiles } from "./memory_file.ts";

const LIBRARY = "libonnxruntime.so.1";
const ADDON = "onnxruntime_binding.node";

if (Deno.build.standalone && Deno.build.os === "linux") {
  // Nothing here may wait: the package, which is imported next, would not wait for it.
  const { copyToMemory, isLoaded, loadLibrary } = openMemoryFiles();
  if (!isLoaded(LIBRARY)) loadLibrary(copyToMemory(embedded(LIBRARY)));
  const addon = copyToMemory(embedded(ADDON));
  const { extensions } = createRequire(import.meta.url);
  const load = extensions[".node"];
  extensions[".node"] = (module, path) => load?.(module, path.endsWith(`/${ADDON}`) ? addon : path);
}

function embedded(name: string): FileSlice {
  const slice = embeddedSlice(`native/${name}`);
  if (slice === undefined) throw new Error(`Cannot load ${name}: this executable does not carry it`);
  return slice;
}
