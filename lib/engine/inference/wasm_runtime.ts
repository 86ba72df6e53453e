// First: the package looks at the location while it is loaded.
import "./worker_location.ts";
// Not in the import map: `deno task` downloads all that the map names, and only the fallback needs these 31 MB.
// deno-lint-ignore no-import-prefix
import { env, InferenceSession, Tensor } from "npm:onnxruntime-web@1.27.0/wasm";
import { readWhole } from "../../executable/mod.ts";
import type { InferenceRuntime } from "./runtime.ts";

// The package would fetch its module by itself; handing it over makes that a plain read of the package's file.
env.wasm.wasmBinary = Deno.readFileSync(
  new URL(import.meta.resolve("npm:onnxruntime-web@1.27.0/ort-wasm-simd-threaded.wasm")),
);
env.wasm.numThreads = 1;

/** ONNX Runtime compiled to WebAssembly; importing this module loads it. */
export const runtime: InferenceRuntime = {
  name: "wasm",
  createSession: async (modelPath) =>
    await InferenceSession.create(await readWhole(modelPath), {
      executionProviders: ["wasm"],
      extra: { session: { disable_quant_qdq: "1" } },
    }),
  float32: (data, dims) => new Tensor("float32", data, dims),
  int64: (data, dims) => new Tensor("int64", data, dims),
  bool: (value) => new Tensor("bool", [value], [1]),
};
