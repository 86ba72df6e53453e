/** A call as a script has it. */
export interface ScriptedCall {
  readonly name: string;
  /** JSON of an object, or what a model takes for it. */
  readonly arguments: string;
  /** Default: one of its own. */
  readonly id?: string;
}

/** One entry of `tool_calls` in a chunk, as a server sends it. */
export type SentFragment = Readonly<Record<string, unknown>>;

/** Cuts a text where the shape may cut it. */
export type Cut = (text: string) => readonly string[];

/** Pieces of three characters, as tokens are. */
export const cutTokens: Cut = (text) => text.match(/.{1,3}/gsu) ?? [""];

interface Numbered extends ScriptedCall {
  readonly id: string;
  readonly index: number;
}

type Shape = (calls: readonly Numbered[], cut: Cut) => readonly (readonly SentFragment[])[];

const fn = (name: unknown, text: unknown) => ({ name, arguments: text });
const whole = ({ id, index, name, arguments: text }: Numbered) => ({
  index,
  id,
  type: "function",
  function: fn(name, text),
});
/** The first fragment of each call, and the others. */
const streamed =
  (first: (call: Numbered) => SentFragment, next: (call: Numbered, piece: string) => SentFragment): Shape =>
  (calls, cut) =>
    calls.flatMap((call) => [[first(call)], ...cut(call.arguments).map((piece) => [next(call, piece)])]);
const named = ({ id, index, name }: Numbered) => ({ index, id, type: "function", function: fn(name, "") });
const parse = (text: string): unknown => JSON.parse(text);

const pieces = streamed(named, ({ index }, piece) => ({ index, function: { arguments: piece } }));

/** Calls as they come in the wild, each the fragments of one chunk after the other. */
export const CALL_SHAPES = {
  /** OpenAI, DeepSeek, vLLM: id and name first, then the arguments by index. */
  pieces,
  /** Several that are written at once. */
  interleaved: (calls, cut) => {
    const pieces = calls.map(({ arguments: text }) => cut(text));
    const rounds = Math.max(0, ...pieces.map(({ length }) => length));
    return [
      calls.map(named),
      ...Array.from({ length: rounds }, (_, round) =>
        calls.flatMap(({ index }) => {
          const piece = pieces[index]?.[round];
          return piece === undefined ? [] : [{ index, function: { arguments: piece } }];
        })),
    ];
  },
  /** GLM, Ollama's chat completions: each call in one chunk. */
  whole: (calls) => calls.map((call) => [whole(call)]),
  /** Mistral: all calls in one chunk. */
  together: (calls) => [calls.map(whole)],
  /** Qwen: later fragments have an empty id and no name. */
  blankIds: streamed(
    named,
    ({ index }, piece) => ({ index, id: "", type: "function", function: fn(null, piece) }),
  ),
  /** LM Studio: later fragments have an empty name, and no id. */
  blankNames: streamed(named, ({ index }, piece) => ({ index, function: fn("", piece) })),
  /** Gemini: no index, each call whole in a chunk of its own. */
  noIndex: (calls) =>
    calls.map(({ id, name, arguments: text }) => [{ id, type: "function", function: fn(name, text) }]),
  /** Gemini: the index is always 0. */
  zeroIndex: (calls) => calls.map((call) => [{ ...whole(call), index: 0 }]),
  /** llama.cpp of old, Xinference: an index and no id. */
  noId: streamed(
    ({ index, name }) => ({ index, id: null, function: fn(name, null) }),
    ({ index }, piece) => ({ index, id: null, function: fn(null, piece) }),
  ),
  /** Neither an id nor an index: a new name is a new call. */
  bare: streamed(
    ({ name }) => ({ function: fn(name, "") }),
    (_, piece) => ({ function: { arguments: piece } }),
  ),
  /** The arguments are an object, or null where there are none. */
  objects: (calls) =>
    calls.map((call) => [{
      ...whole(call),
      function: fn(call.name, call.arguments === "{}" ? null : parse(call.arguments)),
    }]),
  /** Id and name in every fragment. */
  always: streamed(
    named,
    ({ id, index, name }, piece) => ({ index, id, type: "function", function: fn(name, piece) }),
  ),
  /** Everything once more at the end. */
  repeated: (calls, cut) => [...pieces(calls, cut), calls.map(whole)],
  /** The id comes after the name. */
  lateId: streamed(
    ({ index, name }) => ({ index, function: fn(name, "") }),
    ({ id, index }, piece) => ({ index, id, function: { arguments: piece } }),
  ),
  /** Empty arguments first, then the real ones. */
  emptyFirst: streamed(
    (call) => ({ ...named(call), function: fn(call.name, "{}") }),
    ({ index }, piece) => ({ index, function: { arguments: piece } }),
  ),
} as const satisfies Readonly<Record<string, Shape>>;

/** One of {@linkcode CALL_SHAPES}. */
export type CallShape = keyof typeof CALL_SHAPES;

/** Whether a shape says the id of a call. */
export function hasId(shape: CallShape): boolean {
  return shape !== "noId" && shape !== "bare";
}

/** The names of all shapes. */
export const CALL_SHAPE_NAMES: readonly CallShape[] = [
  "pieces",
  "interleaved",
  "whole",
  "together",
  "blankIds",
  "blankNames",
  "noIndex",
  "zeroIndex",
  "noId",
  "bare",
  "objects",
  "always",
  "repeated",
  "lateId",
  "emptyFirst",
];

/** Calls with their ids, as they are sent. */
export function numbered(
  calls: readonly ScriptedCall[],
): readonly (ScriptedCall & { readonly id: string })[] {
  return calls.map((call, index) => ({ id: `call_${index + 1}`, ...call }));
}

/** The chunks of these calls in this shape, each with the entries of its `tool_calls`. */
export function chunksOf(
  shape: CallShape,
  calls: readonly ScriptedCall[],
  cut: Cut = cutTokens,
): readonly (readonly SentFragment[])[] {
  const write: Shape = CALL_SHAPES[shape];
  return write(numbered(calls).map((call, index) => ({ ...call, index })), cut);
}
