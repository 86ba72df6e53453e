import { EarshotError } from "../../errors/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ, type VadRequest, type VadResponse } from "../contract.ts";
import { toFloats } from "./pcm_floats.ts";
import { SpeechGate } from "./speech_gate.ts";
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

/**
 * How many frames of a quiet the model hears before the first one after it: then it judges that one as if it had heard all.
 */
const WARM_FRAMES = 8;

/** The state of one stream. */
interface StreamState {
  /** One vector a layer. */
  readonly layers: readonly Float32Array[];
  /** The last samples of it. */
  readonly context: Float32Array;
  /** Which of its frames need no model. */
  readonly gate: SpeechGate;
  /** The latest frames that it did not hear, the oldest first. */
  readonly skipped: Float32Array[];
}

/** A frame of a stream for the model. */
interface Step {
  readonly state: StreamState;
  readonly samples: Float32Array;
}

/** One request on its way through the model. */
interface Row {
  readonly streamId: number;
  readonly sound: Float32Array;
  readonly state: StreamState;
  readonly probabilities: Float32Array;
  /** Whether each of its frames is judged; the others are quiet. */
  readonly judged: readonly boolean[];
}

/**
 * Silero v6: the probability of speech for every 32 ms of many streams at once. A run costs little more for
 * sixteen streams than for one, so hand over what has come together. Runs on, and blocks, the thread that calls it.
 */
export class Silero {
  readonly #runtime: InferenceRuntime;
  readonly #session: InferenceSession;
  readonly #gates: boolean;
  /** In the order of their last use. */
  readonly #streams = new Map<number, StreamState>();

  private constructor(runtime: InferenceRuntime, session: InferenceSession, gates: boolean) {
    this.#runtime = runtime;
    this.#session = session;
    this.#gates = gates;
  }

  /**
   * Loads the weights. With `gates`, the default, a quiet that lasts is not judged ({@linkcode SpeechGate}). Throws
   * `engine.job_failed` when the runtime refuses them.
   */
  static async load(runtime: InferenceRuntime, modelPath: string, { gates = true } = {}): Promise<Silero> {
    try {
      return new Silero(runtime, await runtime.createSession(modelPath), gates);
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
        const judged: Row[] = [];
        for (const row of rows) {
          if (row.judged[frame] === true) judged.push(row);
          else if (frame < row.probabilities.length) skip(row.state, frameOf(row, frame));
        }
        await this.#warm(judged.map(({ state }) => state));
        const found = await this.#run(
          judged.map((row) => ({ state: row.state, samples: frameOf(row, frame) })),
        );
        for (const [index, row] of judged.entries()) row.probabilities[frame] = found[index] ?? 0;
      }
    } catch (cause) {
      for (const row of rows) this.closeStream(row.streamId);
      throw failure("the model's run broke off", cause);
    }
    return rows.map(({ streamId, probabilities, judged }) => ({
      streamId,
      probabilities,
      gated: judged.filter((isJudged) => !isJudged).length,
    }));
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
    const state = this.#use(streamId);
    const frames = pcm.length / FRAME_SAMPLES;
    return {
      streamId,
      sound: toFloats(pcm),
      state,
      probabilities: new Float32Array(frames),
      judged: Array.from(
        { length: frames },
        (_, frame) =>
          !this.#gates || state.gate.opens(pcm.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES)),
      ),
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

  /** Has the model hear what it did not of these streams, as far as it is kept. */
  async #warm(states: readonly StreamState[]): Promise<void> {
    const cold = states.filter(({ skipped }) => skipped.length > 0);
    for (const { skipped, context } of cold) {
      const before = skipped.length > WARM_FRAMES ? skipped.shift() : undefined;
      if (before !== undefined) context.set(before.subarray(-CONTEXT_SAMPLES));
    }
    for (let frame = 0; frame < WARM_FRAMES && cold.length > 0; frame++) {
      await this.#run(cold.flatMap((state) => {
        const samples = state.skipped[frame];
        return samples === undefined ? [] : [{ state, samples }];
      }));
    }
    for (const { skipped } of cold) skipped.length = 0;
  }

  /** One run over a frame of each; the probabilities in their order. */
  async #run(rows: readonly Step[]): Promise<Float32Array> {
    if (rows.length === 0) return new Float32Array(0);
    const input = new Float32Array(rows.length * INPUT_SAMPLES);
    const state = new Float32Array(STATE_LAYERS * rows.length * STATE_SIZE);
    const stateAt = (layer: number, index: number) => (layer * rows.length + index) * STATE_SIZE;
    for (const [index, row] of rows.entries()) {
      input.set(row.state.context, index * INPUT_SAMPLES);
      input.set(row.samples, index * INPUT_SAMPLES + CONTEXT_SAMPLES);
      row.state.context.set(row.samples.subarray(-CONTEXT_SAMPLES));
      row.state.layers.forEach((layer, number) => state.set(layer, stateAt(number, index)));
    }
    const inputs = {
      input: this.#runtime.float32(input, [rows.length, INPUT_SAMPLES]),
      state: this.#runtime.float32(state, [STATE_LAYERS, rows.length, STATE_SIZE]),
      sr: this.#runtime.int64(BigInt64Array.of(BigInt(ENGINE_SAMPLE_RATE_HZ)), []),
    };
    try {
      const outputs = await this.#session.run(inputs, ["output", "stateN"]);
      const probabilities = floats(outputs["output"]).slice();
      const next = floats(outputs["stateN"]);
      for (const [index, row] of rows.entries()) {
        row.state.layers.forEach((layer, number) => {
          layer.set(next.subarray(stateAt(number, index), stateAt(number, index) + STATE_SIZE));
        });
      }
      disposeAll(outputs);
      return probabilities;
    } finally {
      disposeAll(inputs);
    }
  }
}

function newState(): StreamState {
  return {
    layers: Array.from({ length: STATE_LAYERS }, () => new Float32Array(STATE_SIZE)),
    context: new Float32Array(CONTEXT_SAMPLES),
    gate: new SpeechGate(),
    skipped: [],
  };
}

function frameOf({ sound }: Row, frame: number): Float32Array {
  return sound.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES);
}

/** One more than the model is to hear is kept, for what comes before the first of them. */
function skip({ skipped }: StreamState, samples: Float32Array): void {
  skipped.push(samples.slice());
  if (skipped.length > WARM_FRAMES + 1) skipped.shift();
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
