import type { EngineConfig } from "../engine/mod.ts";
import type { ConfigFault } from "./sherpa_faults.ts";

/** What is wrong with the runtime that the engine is to take: an executable carries the native one alone. */
export function runtimeFaults(
  { engine }: { readonly engine: Pick<EngineConfig, "runtime"> },
  { standalone }: { readonly standalone: boolean },
): readonly ConfigFault[] {
  if (!standalone || engine.runtime !== "wasm") return [];
  const message = "must be auto or native: this executable has no WASM runtime; a checkout has";
  return [{ path: ["engine", "runtime"], message }];
}
