import { floats, type InferenceRuntime, type InferenceSession, type InferenceTensor } from "./runtime.ts";

const BEGIN = 1;
const END = 2;
const LAYERS = 6;
const HEADS = 8;
const HEAD_SIZE = 36;
/** How likely the end must be as the very first token before "nothing was said" is believed. */
const SILENCE_PROBABILITY = 0.95;

/** The attention keys and values which the model keeps from step to step; those of the sound never change. */
const TEXT_CACHE = cacheNames("decoder");
const SOUND_CACHE = cacheNames("encoder");
const FIRST_OUTPUTS = ["logits", ...[...TEXT_CACHE, ...SOUND_CACHE].map(outputName)];
const LATER_OUTPUTS = ["logits", ...TEXT_CACHE.map(outputName)];

type Cache = Map<string, InferenceTensor>;

/** The second half of Moonshine: from encoded sound to tokens, the likeliest one at each step. */
export class MoonshineDecoder {
  readonly #runtime: InferenceRuntime;
  readonly #session: InferenceSession;

  /** Uses `session` without owning it. */
  constructor(runtime: InferenceRuntime, session: InferenceSession) {
    this.#runtime = runtime;
    this.#session = session;
  }

  /** The tokens for `hidden`, at most `maxTokens`, without the marks of begin and end; none for silence. */
  async decode(hidden: InferenceTensor, maxTokens: number): Promise<number[]> {
    const tokens: number[] = [];
    const cache = this.#emptyCache();
    try {
      while (tokens.length < maxTokens) {
        const token = await this.#next(tokens, { hidden, cache });
        if (token === END) break;
        tokens.push(token);
      }
      return tokens;
    } finally {
      for (const tensor of cache.values()) tensor.dispose();
    }
  }

  #emptyCache(): Cache {
    const empty = () => this.#runtime.float32(new Float32Array(0), [0, HEADS, 1, HEAD_SIZE]);
    return new Map([...TEXT_CACHE, ...SOUND_CACHE].map((name) => [name, empty()]));
  }

  /** Runs one step, which brings the cache up to date, and picks the token after `tokens`. */
  async #next(
    tokens: readonly number[],
    { hidden, cache }: { readonly hidden: InferenceTensor; readonly cache: Cache },
  ): Promise<number> {
    const isFirst = tokens.length === 0;
    const previous = this.#runtime.int64(BigInt64Array.of(BigInt(tokens.at(-1) ?? BEGIN)), [1, 1]);
    const useCache = this.#runtime.bool(!isFirst);
    try {
      const { logits, ...present } = await this.#session.run({
        input_ids: previous,
        encoder_hidden_states: hidden,
        use_cache_branch: useCache,
        ...Object.fromEntries(Array.from(cache, ([name, tensor]) => [inputName(name), tensor])),
      }, isFirst ? FIRST_OUTPUTS : LATER_OUTPUTS);
      for (const name of cache.keys()) replace(cache, name, present[outputName(name)]);
      const token = isFirst ? firstToken(floats(logits)) : likeliest(floats(logits));
      logits?.dispose();
      return token;
    } finally {
      previous.dispose();
      useCache.dispose();
    }
  }
}

/**
 * The model often puts the end first when speech is short or quiet. So the end is believed only when it is
 * all but certain; else the likeliest word stands. (Never believing it would turn noise into words.)
 */
export function firstToken(logits: Float32Array): number {
  const best = likeliest(logits);
  if (best !== END) return best;
  const peak = logits[END] ?? 0;
  let total = 0;
  for (let id = 0; id < logits.length; id++) total += Math.exp((logits[id] ?? 0) - peak);
  return 1 / total >= SILENCE_PROBABILITY ? END : likeliest(logits, END);
}

/** The index of the greatest element, leaving out `except`. */
function likeliest(logits: Float32Array, except = -1): number {
  let best = except === 0 ? 1 : 0;
  let peak = -Infinity;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] ?? peak;
    if (logit > peak && id !== except) {
      peak = logit;
      best = id;
    }
  }
  return best;
}

function replace(cache: Cache, name: string, tensor: InferenceTensor | undefined): void {
  if (tensor === undefined) return;
  cache.get(name)?.dispose();
  cache.set(name, tensor);
}

function cacheNames(side: "decoder" | "encoder"): string[] {
  return Array.from({ length: LAYERS }, (_, layer) => [`${layer}.${side}.key`, `${layer}.${side}.value`])
    .flat();
}

function inputName(name: string): string {
  return `past_key_values.${name}`;
}

function outputName(name: string): string {
  return `present.${name}`;
}
