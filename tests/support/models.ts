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

/** The file of the voice. */
export const FLITE_PATH = modelPath("flite-slt", "flite.wasm");

/** For a test's `ignore`: whether one of `paths` is absent, which it says once. */
export function anyMissing(...paths: readonly string[]): boolean {
  const missing = paths.filter((path) => !isThere(path));
  // deno-lint-ignore no-console
  for (const path of missing) console.warn(`tests that need ${path} are ignored: it is not there`);
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
