import { type ModelStore, type PullOptions, SHERPA_LIBRARY, sherpaStore } from "../models/mod.ts";
import type { Config } from "./config.ts";

/**
 * Fetches what is missing of these models, in an executable with the native code that the user's own one needs. Throws
 * what {@linkcode ModelStore.pull} throws.
 */
export async function pullModels(
  { config, store }: { readonly config: Pick<Config, "asr" | "tts">; readonly store: ModelStore },
  models: readonly string[],
  options: PullOptions,
): Promise<void> {
  await store.pull(models, options);
  if (!Deno.build.standalone) return;
  const own = sherpaModels(config);
  const isNeeded = models.some((model) => store.known(model) !== undefined || own.includes(model)) ||
    sherpaModels({ asr: {}, tts: config.tts }).length > 0;
  if (isNeeded) {
    await sherpaStore(store).pull([SHERPA_LIBRARY], options);
  }
}

/** The models that the config has sherpa-onnx run in an engine: names, and directories of voices. */
export function sherpaModels({ asr, tts }: Pick<Config, "asr" | "tts">): readonly string[] {
  return [...Object.values(asr), ...Object.values(tts)].flatMap(({ type, model }) =>
    type === "sherpa" && typeof model === "string" ? [model] : []
  );
}
