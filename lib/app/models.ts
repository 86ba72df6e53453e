import { type ModelStore, type PullOptions, SHERPA_LIBRARY, sherpaStore } from "../models/mod.ts";
import type { Config } from "./config.ts";

/**
 * Fetches what is missing of these models, in an executable with the native code that the user's own one needs. Throws
 * what {@linkcode ModelStore.pull} throws.
 */
export async function pullModels(
  { config: { asr }, store }: { readonly config: Pick<Config, "asr">; readonly store: ModelStore },
  models: readonly string[],
  options: PullOptions,
): Promise<void> {
  await store.pull(models, options);
  const own = sherpaModels(asr);
  if (
    Deno.build.standalone && models.some((model) => store.known(model) !== undefined || own.includes(model))
  ) {
    await sherpaStore(store).pull([SHERPA_LIBRARY], options);
  }
}

/** The models that the config has sherpa-onnx run in the engine. */
export function sherpaModels(asr: Config["asr"]): readonly string[] {
  return Object.values(asr).flatMap(({ type, model }) =>
    type === "sherpa" && typeof model === "string" ? [model] : []
  );
}
