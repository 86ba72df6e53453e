import { EarshotError } from "../../errors/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ, type VadRequest, type VadResponse } from "../contract.ts";
import { toFloats } from "./pcm_floats.ts";
import { disposeAll, floats, type InferenceRuntime, type InferenceSession } from "./runtime.ts";

/** How many samples one probability is about: 32 ms. */
export const FRAME_SAMPLES = 512;
/** For how many streams the detector keeps state; past that, it drops that of the least recently used one. */
export const MAX_STREAMS = 4_096;

/** Each frame is preceded by the end of the one before; without it, the model answers almost 0 to everything. */
const CONTEXT_SAMPLES = 64;
const INPUT_SAMPLES = CONTEXT_SAMPLES + FRAME_SAMPLES;
const STATE_LAYERS = 2;
const STATE_SIZE = 128;

/** The state of one stream. */
interface StreamState {
  /** One vector a layer. */
  readonly layers: readonly Float32Array[];
  /** The last samples of it. */
  readonly context: Float32Array;
}

/** One request on its way through the model. */
interface Row {
  readonly streamId: number;
  readonly sound: Float32Array;
  readonly state: StreamState;
  readonly probabilities: Float32Array;
}

/**
 * Silero v6: the probability of speech for every 32 ms of many streams at once. A run costs little more for
 * sixteen streams than for one, so hand over what has come together. Runs on, and blocks, the thread that calls it.
 */
export class Silero {
  readonly #runtime: InferenceRuntime;
  readonly #session: InferenceSession;
  /** In the order of their last use. */
  readonly #streams = new Map<number, StreamState>();

  private constructor(runtime: InferenceRuntime, session: InferenceSession) {
    this.#runtime = runtime;
    this.#session = session;
  }

  /** Loads the weights. Throws `engine.job_failed` when the runtime refuses them. */
  static async load(runtime: InferenceRuntime, modelPath: string): Promise<Silero> {
    try {
      return new Silero(runtime, await runtime.createSession(modelPath));
    } catch (cause) {
      throw new EarshotError("engine.job_failed", "Cannot load Silero: the runtime refused its weights", {
        cause,
      });
    }
  }

  /** For how many streams it keeps state. */
  get streams(): number {
    return this.#streams.size;
  }

  /**
   * Judges the next frames of several streams; the answers are in the order of the requests. A stream may be in a
   * batch once, and in one call at a time. Throws `engine.job_failed`; the batch's streams then begin anew.
   */
  async detect(batch: readonly VadRequest[]): Promise<VadResponse[]> {
    assertSound(batch);
    const rows = batch.map((request) => this.#row(request));
    try {
      const frames = Math.max(0, ...rows.map((row) => row.probabilities.length));
      for (let frame = 0; frame < frames; frame++) {
        await this.#runFrame(rows.filter((row) => frame < row.probabilities.length), frame);
      }
    } catch (cause) {
      for (const row of rows) this.closeStream(row.streamId);
      throw failure("the model's run broke off", cause);
    }
    return rows.map(({ streamId, probabilities }) => ({ streamId, probabilities }));
  }

  /** Drops the state of a stream; an unknown one is no error. */
  closeStream(streamId: number): void {
    this.#streams.delete(streamId);
  }

  /** Frees the model, once no call is under way. Must be awaited before the thread ends. */
  async release(): Promise<void> {
    this.#streams.clear();
    await this.#session.release();
  }

  #row({ streamId, pcm }: VadRequest): Row {
    return {
      streamId,
      sound: toFloats(pcm),
      state: this.#use(streamId),
      probabilities: new Float32Array(pcm.length / FRAME_SAMPLES),
    };
  }

  /** The stream's state, now the latest used. */
  #use(streamId: number): StreamState {
    const state = this.#streams.get(streamId) ?? newState();
    this.#streams.delete(streamId);
    this.#streams.set(streamId, state);
    if (this.#streams.size > MAX_STREAMS) {
      const [oldest = streamId] = this.#streams.keys();
      this.#streams.delete(oldest);
    }
    return state;
  }

  /** One run over the frame at `frame` of every row. */
  async #runFrame(rows: readonly Row[], frame: number): Promise<void> {
    const input = new Float32Array(rows.length * INPUT_SAMPLES);
    const state = new Float32Array(STATE_LAYERS * rows.length * STATE_SIZE);
    const stateAt = (layer: number, index: number) => (layer * rows.length + index) * STATE_SIZE;
    for (const [index, row] of rows.entries()) {
      const sound = row.sound.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES);
      input.set(row.state.context, index * INPUT_SAMPLES);
      input.set(sound, index * INPUT_SAMPLES + CONTEXT_SAMPLES);
      row.state.context.set(sound.subarray(-CONTEXT_SAMPLES));
      row.state.layers.forEach((layer, number) => state.set(layer, stateAt(number, index)));
    }
    const inputs = {
      input: this.#runtime.float32(input, [rows.length, INPUT_SAMPLES]),
      state: this.#runtime.float32(state, [STATE_LAYERS, rows.length, STATE_SIZE]),
      sr: this.#runtime.int64(BigInt64Array.of(BigInt(ENGINE_SAMPLE_RATE_HZ)), []),
    };
    try {
      const outputs = await this.#session.run(inputs, ["output", "stateN"]);
      const probabilities = floats(outputs["output"]);
      const next = floats(outputs["stateN"]);
      for (const [index, row] of rows.entries()) {
        row.probabilities[frame] = probabilities[index] ?? 0;
        row.state.layers.forEach((layer, number) => {
          layer.set(next.subarray(stateAt(number, index), stateAt(number, index) + STATE_SIZE));
        });
      }
      disposeAll(outputs);
    } finally {
      disposeAll(inputs);
    }
  }
}

function newState(): StreamState {
  return {
    layers: Array.from({ length: STATE_LAYERS }, () => new Float32Array(STATE_SIZE)),
    context: new Float32Array(CONTEXT_SAMPLES),
  };
}

function assertSound(batch: readonly VadRequest[]): void {
  const seen = new Set<number>();
  for (const { streamId, pcm } of batch) {
    if (pcm.length % FRAME_SAMPLES !== 0) {
      throw failure(`${pcm.length} samples of stream ${streamId} are no whole number of frames`);
    }
    if (seen.has(streamId)) throw failure(`stream ${streamId} is in the batch twice`);
    seen.add(streamId);
  }
}

function failure(state: string, cause?: unknown): EarshotError {
  return new EarshotError("engine.job_failed", `Cannot detect speech: ${state}`, { cause });
}
