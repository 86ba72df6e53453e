import type {
  InferenceRuntime,
  InferenceSession,
  InferenceTensor,
  NamedTensors,
} from "../../lib/engine/inference/runtime.ts";

/** A runtime that knows how many tensors and sessions of its making are still alive. */
export class CountingRuntime implements InferenceRuntime {
  readonly name;
  readonly #runtime: InferenceRuntime;
  readonly #tensors = new Set<InferenceTensor>();
  liveSessions = 0;
  /** Makes every run fail from now on. */
  broken = false;

  constructor(runtime: InferenceRuntime) {
    this.name = runtime.name;
    this.#runtime = runtime;
  }

  get liveTensors(): number {
    return this.#tensors.size;
  }

  async createSession(modelPath: string): Promise<InferenceSession> {
    const session = await this.#runtime.createSession(modelPath);
    this.liveSessions++;
    return {
      run: async (inputs: NamedTensors, outputNames: readonly string[]) => {
        if (this.broken) throw new Error("broken on purpose");
        const outputs = await session.run(inputs, outputNames);
        return Object.fromEntries(Object.entries(outputs).map(([name, made]) => [name, this.#count(made)]));
      },
      release: async () => {
        await session.release();
        this.liveSessions--;
      },
    };
  }

  float32(data: Float32Array, dims: readonly number[]): InferenceTensor {
    return this.#count(this.#runtime.float32(data, dims));
  }

  int64(data: BigInt64Array, dims: readonly number[]): InferenceTensor {
    return this.#count(this.#runtime.int64(data, dims));
  }

  bool(value: boolean): InferenceTensor {
    return this.#count(this.#runtime.bool(value));
  }

  #count(tensor: InferenceTensor): InferenceTensor {
    const dispose = tensor.dispose.bind(tensor);
    this.#tensors.add(tensor);
    tensor.dispose = () => {
      this.#tensors.delete(tensor);
      dispose();
    };
    return tensor;
  }
}
