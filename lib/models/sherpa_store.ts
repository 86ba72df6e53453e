import { EarshotError } from "../errors/mod.ts";
import type { ModelStore } from "./model_store.ts";
import { SHERPA_LIBRARY, type SherpaCatalog, sherpaLibrary } from "./sherpa_library.ts";

/**
 * Where an executable keeps sherpa-onnx's native code: in itself if it was made with `--sherpa`, else beside the
 * weights.
 *
 * @throws {EarshotError} `engine.runtime` where there is none for this kind of machine
 */
export function sherpaStore(store: ModelStore): ModelStore<SherpaCatalog> {
  const catalog = sherpaLibrary();
  if (catalog !== undefined) return store.withCatalog(catalog);
  throw new EarshotError("engine.runtime", "Cannot load sherpa-onnx: there is none for this kind of machine");
}

/**
 * The verified addon of sherpa-onnx, which is carried, or fetched with the model `own` that needs it, or with all that
 * the config needs. Rejects with `model.missing`.
 */
export async function resolveSherpa(store: ModelStore, own?: string): Promise<string> {
  const { ok, files } = await sherpaStore(store).status(SHERPA_LIBRARY);
  const addon = files.find(({ part }) => part === "addon");
  if (ok && addon !== undefined) return addon.path;
  throw new EarshotError(
    "model.missing",
    `Cannot load ${own ?? "a voice"}: ${SHERPA_LIBRARY} is not there, or is not whole; run \`${
      ["earshot models pull", own].filter((word) => word !== undefined).join(" ")
    }\``,
  );
}
