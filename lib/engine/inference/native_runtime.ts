// First: it makes the native library findable before the package's addon asks for it.
import "./native_library.ts";
// Not in the import map: `deno task` downloads all that the map names, and this is 101 MB that few commands need.
// deno-lint-ignore no-import-prefix
import { InferenceSession, Tensor } from "npm:onnxruntime-node@1.27.0";
import { isEmbeddedPath, readWhole } from "../../executable/mod.ts";
import type { InferenceRuntime } from "./runtime.ts";

const SESSION_OPTIONS = {
  // Parallelism comes from Workers: a second thread for one sentence only takes it from another.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  // Nearly halves the time of a token of the quantized decoder, for about 90 MB more.
  extra: { session: { disable_quant_qdq: "1" } },
};

/** ONNX Runtime as a native addon; importing this module loads it. */
export const runtime: InferenceRuntime = {
  name: "native",
  createSession: async (modelPath) =>
    isEmbeddedPath(modelPath)
      ? await InferenceSession.create(await readWhole(modelPath), SESSION_OPTIONS)
      : await InferenceSession.create(modelPath, SESSION_OPTIONS),
  float32: (data, dims) => new Tensor("float32", data, dims),
  int64: (data, dims) => new Tensor("int64", data, dims),
  bool: (value) => new Tensor("bool", [value], [1]),
};
