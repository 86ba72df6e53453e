// First: the package looks at the location while it is loaded.
import "./worker_location.ts";
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
import type { InferenceRuntime } from "./runtime.ts";

// The package would fetch its module by itself; handing it over makes that a plain read of the package's file.
env.wasm.wasmBinary = Deno.readFileSync(
  new URL(import.meta.resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm")),
);
env.wasm.numThreads = 1;

/** ONNX Runtime compiled to WebAssembly; importing this module loads it. */
export const runtime: InferenceRuntime = {
  name: "wasm",
  createSession: async (modelPath) =>
    await InferenceSession.create(await Deno.readFile(modelPath), {
      executionProviders: ["wasm"],
      extra: { session: { disable_quant_qdq: "1" } },
    }),
  float32: (data, dims) => new Tensor("float32", data, dims),
  int64: (data, dims) => new Tensor("int64", data, dims),
  bool: (value) => new Tensor("bool", [value], [1]),
};
