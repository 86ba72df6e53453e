import llamaTokenizer from "llama-tokenizer-js";
import { EarshotError } from "../../errors/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ, type Recognition } from "../contract.ts";
import { MoonshineDecoder } from "./moonshine_decoder.ts";
import { toFloats } from "./pcm_floats.ts";
import { disposeAll, type InferenceRuntime, type InferenceSession, type NamedTensors } from "./runtime.ts";
import { isSilent, MAX_SEGMENT_SAMPLES } from "./segment.ts";

/** What the encoder's three convolutions need to give one vector; shorter sound, 56 ms, cannot hold a word. */
const MIN_SEGMENT_SAMPLES = 895;
/** No speech is faster; what comes beyond is the model repeating itself. */
const MAX_TOKENS_PER_SECOND = 6.5;
/** The name of the encoder's output. */
const HIDDEN = "last_hidden_state";
/** The tokens that stand for text; below are begin, end and unknown, above are the model's own marks. */
const FIRST_WORD_TOKEN = 3;
const LAST_WORD_TOKEN = 31_999;

/** Where the two halves of the model are. */
export interface MoonshinePaths {
  /** `encoder_model.onnx`. */
  readonly encoderPath: string;
  /** `decoder_model_merged.onnx`. */
  readonly decoderPath: string;
}

/** Moonshine tiny: recognizes one segment of English speech. Runs on, and blocks, the thread that calls it. */
export class Moonshine {
  readonly #runtime: InferenceRuntime;
  readonly #encoder: InferenceSession;
  readonly #decoder: MoonshineDecoder;
  readonly #sessions: AsyncDisposableStack;

  private constructor(
    runtime: InferenceRuntime,
    parts: { encoder: InferenceSession; decoder: MoonshineDecoder; sessions: AsyncDisposableStack },
  ) {
    this.#runtime = runtime;
    this.#encoder = parts.encoder;
    this.#decoder = parts.decoder;
    this.#sessions = parts.sessions;
  }

  /** Loads the weights, which takes about a second. Throws `engine.job_failed` when the runtime refuses them. */
  static async load(runtime: InferenceRuntime, paths: MoonshinePaths): Promise<Moonshine> {
    await using sessions = new AsyncDisposableStack();
    const open = async (path: string) => {
      const session = await runtime.createSession(path);
      sessions.defer(() => session.release());
      return session;
    };
    try {
      const encoder = await open(paths.encoderPath);
      const decoder = new MoonshineDecoder(runtime, await open(paths.decoderPath));
      return new Moonshine(runtime, { encoder, decoder, sessions: sessions.move() });
    } catch (cause) {
      throw new EarshotError("engine.job_failed", "Cannot load Moonshine: the runtime refused its weights", {
        cause,
      });
    }
  }

  /**
   * Recognizes 16 kHz mono sound of at most {@linkcode MAX_SEGMENT_SAMPLES}. Silence, and sound that is too short
   * to hold a word, is `""`. Throws `engine.job_failed`.
   */
  async recognize(pcm: Int16Array): Promise<Recognition> {
    if (pcm.length > MAX_SEGMENT_SAMPLES) {
      throw failure(`the segment has ${pcm.length} samples, ${MAX_SEGMENT_SAMPLES} is the most`);
    }
    if (pcm.length < MIN_SEGMENT_SAMPLES || isSilent(pcm)) return { text: "", inferenceMs: 0 };
    const startedMs = performance.now();
    try {
      const tokens = await this.#infer(pcm);
      return { text: toText(tokens), inferenceMs: performance.now() - startedMs };
    } catch (cause) {
      throw failure("the model's run broke off", cause);
    }
  }

  /** Frees the model, once no call is under way. Must be awaited before the thread ends. */
  async release(): Promise<void> {
    await this.#sessions.disposeAsync();
  }

  async #infer(pcm: Int16Array): Promise<number[]> {
    const encoded = await this.#encode(pcm);
    try {
      const hidden = encoded[HIDDEN];
      if (hidden === undefined) {
        throw new TypeError(`Cannot read the encoder's output: there is no ${HIDDEN}`);
      }
      const maxTokens = Math.ceil((pcm.length / ENGINE_SAMPLE_RATE_HZ) * MAX_TOKENS_PER_SECOND);
      return await this.#decoder.decode(hidden, maxTokens);
    } finally {
      disposeAll(encoded);
    }
  }

  async #encode(pcm: Int16Array): Promise<NamedTensors> {
    const sound = this.#runtime.float32(toFloats(pcm), [1, pcm.length]);
    try {
      return await this.#encoder.run({ input_values: sound }, [HIDDEN]);
    } finally {
      sound.dispose();
    }
  }
}

function toText(tokens: readonly number[]): string {
  const words = tokens.filter((token) => token >= FIRST_WORD_TOKEN && token <= LAST_WORD_TOKEN);
  return llamaTokenizer.decode(words, false).trim();
}

function failure(state: string, cause?: unknown): EarshotError {
  return new EarshotError("engine.job_failed", `Cannot recognize speech: ${state}`, { cause });
}
