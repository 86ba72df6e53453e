import { EarshotError } from "../../errors/mod.ts";
import type { EngineRuntime } from "../contract.ts";

/** A tensor: what goes into a model and comes out of it. */
export interface InferenceTensor {
  /** Its elements, row by row; see {@linkcode floats}. */
  readonly data: unknown;
  /** Gives its memory back; it cannot be used after that. */
  dispose(): void;
}

/** Tensors by the names that the model gives its inputs or outputs. */
export type NamedTensors = Readonly<Record<string, InferenceTensor>>;

/** A loaded model. */
export interface InferenceSession {
  /** Runs it once for the named outputs; blocks the thread. The caller disposes of what goes in and comes out. */
  run(inputs: NamedTensors, outputNames: readonly string[]): Promise<NamedTensors>;
  /** Frees the model. Must be awaited before the thread ends, or its memory is lost for good. */
  release(): Promise<void>;
}

/** What the models need of ONNX Runtime, in either of its builds. */
export interface InferenceRuntime {
  /** Which build it is. */
  readonly name: EngineRuntime;
  /** Loads a model from a file, for one thread. Rejects with what the build itself throws. */
  createSession(modelPath: string): Promise<InferenceSession>;
  /** A tensor of 32 bit floats; `data` is not copied. */
  float32(data: Float32Array, dims: readonly number[]): InferenceTensor;
  /** A tensor of 64 bit integers; `data` is not copied. */
  int64(data: BigInt64Array, dims: readonly number[]): InferenceTensor;
  /** A tensor with one truth value, shape `[1]`. */
  bool(value: boolean): InferenceTensor;
}

/**
 * Loads a build of ONNX Runtime: `native` needs `--allow-ffi` and a machine that its binary suits, `wasm` runs
 * everywhere. The packages are large, so each is fetched only when it is used. Throws `engine.runtime`.
 */
export async function loadRuntime(kind: EngineRuntime): Promise<InferenceRuntime> {
  try {
    // A computed specifier: Deno downloads what a literal one names before the program starts.
    const module: { readonly runtime: InferenceRuntime } = await import(
      new URL(`./${kind}_runtime.ts`, import.meta.url).href
    );
    return module.runtime;
  } catch (cause) {
    throw new EarshotError("engine.runtime", `Cannot load the ${kind} inference runtime: its import failed`, {
      cause,
    });
  }
}

/** The elements of a tensor of 32 bit floats; a tensor of another type is a `TypeError`. */
export function floats(tensor: InferenceTensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new TypeError("Cannot read the model's output: it is no tensor of floats");
}

/** Disposes of every tensor in `tensors`. */
export function disposeAll(tensors: NamedTensors): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}
