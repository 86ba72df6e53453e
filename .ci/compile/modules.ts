/**
 * What the executable loads by a computed name, which `deno compile` cannot see by itself. A test holds this list
 * against every computed name in `lib/`.
 *
 * @module
 */

/** The modules to include besides what `main.ts` imports; paths from the root of the repository. */
export const COMPUTED_MODULES = [
  "lib/asr/to_simplified.ts",
  "lib/asr/to_traditional.ts",
  "lib/audio/encoding/workers/encoding_worker.ts",
  "lib/audio/mpg123.ts",
  "lib/automation/mqtt_library.ts",
  "lib/device/load/latency_histogram.ts",
  "lib/engine/workers/recognition_worker.ts",
  "lib/engine/workers/streaming_worker.ts",
  "lib/engine/workers/vad_worker.ts",
  "lib/engine/workers/voice_worker.ts",
  "lib/engine/inference/native_runtime.ts",
  "lib/memory/workers/journal_worker.ts",
  "lib/memory/workers/store_worker.ts",
  "lib/models/pull_model.ts",
] as const;

/** Modules that `lib/` can load by a computed name and that are not included for it, each with its reason. */
export const NOT_INCLUDED: Readonly<Record<string, string>> = {
  "lib/engine/inference/sherpa_runtime.ts":
    "an executable fetches the addon beside the weights, for whoever has a model of his own, or carries it",
  "lib/engine/inference/wasm_runtime.ts": "every target has the native runtime, and this one is 13 MB",
};
